#include <pthread.h>

// glibc shows this one only to programs that ask for all of GNU.
extern int pthread_setname_np(pthread_t thread, const char *name);
