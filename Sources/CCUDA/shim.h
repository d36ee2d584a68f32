// What grounded calls of NVIDIA's libraries, which are opened when the program runs: nothing of them is needed
// to build it. Every list below becomes a struct of function pointers, whose members are called as the symbols
// are, and a function that names them in order. Handles are addresses; statuses are 0 when all is well.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef uint64_t CUDAAddress;

// The driver, libcuda.
#define CUDA_DRIVER_CALLS(CALL) \
  CALL(int, cuInit, (unsigned flags)) \
  CALL(int, cuDriverGetVersion, (int *version)) \
  CALL(int, cuGetErrorName, (int status, const char **name)) \
  CALL(int, cuDeviceGetCount, (int *count)) \
  CALL(int, cuDeviceGet, (int *device, int ordinal)) \
  CALL(int, cuDeviceGetName, (char *name, int capacity, int device)) \
  CALL(int, cuDeviceGetPCIBusId, (char *id, int capacity, int device)) \
  CALL(int, cuDeviceTotalMem_v2, (size_t *bytes, int device)) \
  CALL(int, cuDeviceGetAttribute, (int *value, int attribute, int device)) \
  CALL(int, cuCtxCreate_v2, (void **context, unsigned flags, int device)) \
  CALL(int, cuCtxDestroy_v2, (void *context)) \
  CALL(int, cuCtxSetCurrent, (void *context)) \
  CALL(int, cuMemAlloc_v2, (CUDAAddress *address, size_t bytes)) \
  CALL(int, cuMemFree_v2, (CUDAAddress address)) \
  CALL(int, cuMemHostAlloc, (void **address, size_t bytes, unsigned flags)) \
  CALL(int, cuMemFreeHost, (void *address)) \
  CALL(int, cuMemcpyHtoDAsync_v2, (CUDAAddress to, const void *from, size_t bytes, void *stream)) \
  CALL(int, cuMemcpyDtoHAsync_v2, (void *to, CUDAAddress from, size_t bytes, void *stream)) \
  CALL(int, cuStreamCreate, (void **stream, unsigned flags)) \
  CALL(int, cuStreamDestroy_v2, (void *stream)) \
  CALL(int, cuStreamSynchronize, (void *stream)) \
  CALL(int, cuStreamBeginCapture_v2, (void *stream, int mode)) \
  CALL(int, cuStreamEndCapture, (void *stream, void **graph)) \
  CALL(int, cuGraphInstantiateWithFlags, (void **runnable, void *graph, unsigned long long flags)) \
  CALL(int, cuGraphLaunch, (void *runnable, void *stream)) \
  CALL(int, cuGraphExecDestroy, (void *runnable)) \
  CALL(int, cuGraphDestroy, (void *graph)) \
  CALL(int, cuModuleLoadData, (void **module, const void *image)) \
  CALL(int, cuModuleGetFunction, (void **function, void *module, const char *name)) \
  CALL(int, cuModuleUnload, (void *module)) \
  CALL(int, cuLaunchKernel, \
    (void *function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY, \
     unsigned blockZ, unsigned sharedBytes, void *stream, void **arguments, void **extra)) \
  CALL(int, cuEventCreate, (void **event, unsigned flags)) \
  CALL(int, cuEventRecord, (void *event, void *stream)) \
  CALL(int, cuStreamWaitEvent, (void *stream, void *event, unsigned flags)) \
  CALL(int, cuEventSynchronize, (void *event)) \
  CALL(int, cuEventElapsedTime, (float *milliseconds, void *begin, void *end)) \
  CALL(int, cuEventDestroy_v2, (void *event))

// What an algorithm of a product is to its library; only it knows.
typedef struct {
  uint64_t data[8];
} CUDAProductAlgorithm;

// An algorithm that is proposed.
typedef struct {
  CUDAProductAlgorithm algorithm;
  size_t workspaceBytes;
  int status;
  float waves;
  int reserved[4];
} CUDAProductProposal;

// Products, libcublasLt.
#define CUDA_PRODUCT_CALLS(CALL) \
  CALL(size_t, cublasLtGetVersion, (void)) \
  CALL(int, cublasLtCreate, (void **handle)) \
  CALL(int, cublasLtDestroy, (void *handle)) \
  CALL(int, cublasLtMatmulDescCreate, (void **product, int arithmetic, int scale)) \
  CALL(int, cublasLtMatmulDescDestroy, (void *product)) \
  CALL(int, cublasLtMatmulDescSetAttribute, \
    (void *product, int attribute, const void *value, size_t bytes)) \
  CALL(int, cublasLtMatrixLayoutCreate, \
    (void **layout, int type, uint64_t rows, uint64_t columns, int64_t stride)) \
  CALL(int, cublasLtMatrixLayoutDestroy, (void *layout)) \
  CALL(int, cublasLtMatmulPreferenceCreate, (void **preference)) \
  CALL(int, cublasLtMatmulPreferenceDestroy, (void *preference)) \
  CALL(int, cublasLtMatmulPreferenceSetAttribute, \
    (void *preference, int attribute, const void *value, size_t bytes)) \
  CALL(int, cublasLtMatmulAlgoGetHeuristic, \
    (void *handle, void *product, void *a, void *b, void *c, void *d, void *preference, int most, \
     CUDAProductProposal *proposals, int *count)) \
  CALL(int, cublasLtMatmulAlgoCheck, \
    (void *handle, void *product, void *a, void *b, void *c, void *d, \
     const CUDAProductAlgorithm *algorithm, CUDAProductProposal *result)) \
  CALL(int, cublasLtMatmul, \
    (void *handle, void *product, const void *alpha, CUDAAddress a, void *aLayout, CUDAAddress b, \
     void *bLayout, const void *beta, CUDAAddress c, void *cLayout, CUDAAddress d, void *dLayout, \
     const CUDAProductAlgorithm *algorithm, CUDAAddress workspace, size_t workspaceBytes, \
     void *stream))

// The compiler, libnvrtc.
#define CUDA_COMPILER_CALLS(CALL) \
  CALL(int, nvrtcVersion, (int *major, int *minor)) \
  CALL(int, nvrtcCreateProgram, \
    (void **program, const char *source, const char *name, int headers, const char *const *texts, \
     const char *const *names)) \
  CALL(int, nvrtcDestroyProgram, (void **program)) \
  CALL(int, nvrtcCompileProgram, (void *program, int count, const char *const *options)) \
  CALL(int, nvrtcGetCUBINSize, (void *program, size_t *bytes)) \
  CALL(int, nvrtcGetCUBIN, (void *program, char *image)) \
  CALL(int, nvrtcGetProgramLogSize, (void *program, size_t *bytes)) \
  CALL(int, nvrtcGetProgramLog, (void *program, char *log))

typedef struct {
  unsigned device, memory;  // percent of the time
} CUDAUtilization;

typedef struct {
  unsigned long long total, unused, used;  // bytes
} CUDAMemoryUse;

// What the card reports of itself, libnvidia-ml.
#define CUDA_MONITOR_CALLS(CALL) \
  CALL(int, nvmlInit_v2, (void)) \
  CALL(int, nvmlShutdown, (void)) \
  CALL(int, nvmlDeviceGetHandleByPciBusId_v2, (const char *id, void **device)) \
  CALL(int, nvmlDeviceGetUtilizationRates, (void *device, CUDAUtilization *rates)) \
  CALL(int, nvmlDeviceGetMemoryInfo, (void *device, CUDAMemoryUse *memory)) \
  CALL(int, nvmlDeviceGetTemperature, (void *device, int sensor, unsigned *celsius)) \
  CALL(int, nvmlDeviceGetPowerUsage, (void *device, unsigned *milliwatts))

#define CUDA_MEMBER(result, name, arguments) result (*name) arguments;
#define CUDA_NAME(result, name, arguments) #name,
#define CUDA_TABLE(type, list, namer) \
  typedef struct { \
    list(CUDA_MEMBER) \
  } type; \
  static inline const char *namer(size_t index) { \
    static const char *const names[] = {list(CUDA_NAME)}; \
    return index < sizeof names / sizeof names[0] ? names[index] : NULL; \
  }

CUDA_TABLE(CUDADriverCalls, CUDA_DRIVER_CALLS, cudaDriverCallName)
CUDA_TABLE(CUDAProductCalls, CUDA_PRODUCT_CALLS, cudaProductCallName)
CUDA_TABLE(CUDACompilerCalls, CUDA_COMPILER_CALLS, cudaCompilerCallName)
CUDA_TABLE(CUDAMonitorCalls, CUDA_MONITOR_CALLS, cudaMonitorCallName)

// The only argument of every kernel of grounded: what they mean stands above each.
typedef struct {
  CUDAAddress pointers[8];
  int integers[16];
  float floats[4];
} KernelArguments;
