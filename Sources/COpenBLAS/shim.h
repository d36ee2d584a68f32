#include <cblas.h>

// OpenBLAS has a thread pool of its own, which would spin against the one of oneDNN.
extern void openblas_set_num_threads(int threads);
