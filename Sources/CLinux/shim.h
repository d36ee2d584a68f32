#include <pthread.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

// glibc shows this one only to programs that ask for all of GNU.
extern int pthread_setname_np(pthread_t thread, const char *name);
