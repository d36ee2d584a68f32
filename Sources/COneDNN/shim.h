#include <oneapi/dnnl/dnnl.h>

// The threads that oneDNN works with (libgomp's), so that loops of our own share them: two pools
// that spin on the same cores would take each other's time. These are what a compiler emits for
// `#pragma omp parallel`, and what <omp.h> declares.
extern void GOMP_parallel(
    void (*body)(void *context), void *context, unsigned threads, unsigned flags);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern void omp_set_num_threads(int threads);
