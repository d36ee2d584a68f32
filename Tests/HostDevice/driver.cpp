// The driver: one device, one context, streams that do everything at once, and graphs that remember.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <map>
#include <string>
#include <vector>

#include "device.h"
#include "threads.h"

namespace {

enum { invalidValue = 1, outOfMemory = 2, notFound = 500, invalidContext = 201 };

struct Graph {
  std::vector<std::function<void()>> steps;
};

struct Stream {
  Graph *captured = nullptr;
};

struct Module {
  int factor;
};

struct Function {
  Kernel kernel;
};

struct Fault {
  std::string name;
  int call = 0, status = 0;
  bool lasts = false;
};

std::map<std::string, int> made;
std::map<CUDAAddress, size_t> blocks;
size_t bytesInUse, bytesOfAll = (size_t)8 << 30;
Fault fault;
bool isLost, isRetained;

int enter(const char *name) {
  const int call = ++made[name];
  if (isLost && strcmp(name, "cuDevicePrimaryCtxReset_v2") != 0) return fault.status;
  if (fault.name == name && call >= fault.call) {
    isLost = true;
    return fault.status;
  }
  return 0;
}

#define ENTER(name) \
  if (const int status = enter(#name)) return status

int init(unsigned) { ENTER(cuInit); return 0; }
int version(int *version) { return *version = 13000, 0; }

int errorName(int status, const char **name) {
  *name = status == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : status == 700 ? "CUDA_ERROR_ILLEGAL_ADDRESS"
                                                                    : "CUDA_ERROR_OTHER";
  return 0;
}

int count(int *count) { return *count = 1, 0; }

int device(int *device, int ordinal) {
  if (ordinal != 0) return 101;
  return *device = 0, 0;
}

int name(char *name, int capacity, int) { return snprintf(name, capacity, "Host"), 0; }
int busID(char *id, int capacity, int) { return snprintf(id, capacity, "0000:01:00.0"), 0; }
int total(size_t *bytes, int) { return *bytes = bytesOfAll, 0; }

int attribute(int *value, int attribute, int) {
  *value = attribute == 75 ? 9 : attribute == 16 ? 4 : 0;
  return 0;
}

int retain(void **context, int) {
  ENTER(cuDevicePrimaryCtxRetain);
  isRetained = true;
  return *context = &isRetained, 0;
}

void freeAll() {
  for (auto &block : blocks) free((void *)block.first);
  blocks.clear();
  bytesInUse = 0;
}

int release(int) { return isRetained = false, 0; }

int reset(int) {
  ENTER(cuDevicePrimaryCtxReset_v2);
  freeAll();
  isLost = isRetained = false;
  if (!fault.lasts) fault = Fault();
  return 0;
}

int setCurrent(void *context) {
  ENTER(cuCtxSetCurrent);
  return context == nullptr || isRetained ? 0 : invalidContext;
}

int memoryInfo(size_t *unused, size_t *total) {
  *total = bytesOfAll;
  return *unused = bytesOfAll - bytesInUse, 0;
}

// Filled with what is no number in any kind.
int allocate(CUDAAddress *address, size_t bytes) {
  ENTER(cuMemAlloc_v2);
  if (bytes == 0) return invalidValue;
  if (bytesInUse + bytes > bytesOfAll) return outOfMemory;
  void *memory = aligned_alloc(256, (bytes + 255) / 256 * 256);
  memset(memory, 0xff, bytes);
  *address = (CUDAAddress)memory;
  blocks[*address] = bytes;
  bytesInUse += bytes;
  return 0;
}

int deallocate(CUDAAddress address) {
  auto found = blocks.find(address);
  if (found == blocks.end()) return invalidValue;
  bytesInUse -= found->second;
  blocks.erase(found);
  return free((void *)address), 0;
}

int hostAllocate(void **address, size_t bytes, unsigned) {
  ENTER(cuMemHostAlloc);
  return *address = malloc(bytes), 0;
}

int hostFree(void *address) { return free(address), 0; }

bool holds(CUDAAddress address, size_t bytes) {
  auto after = blocks.upper_bound(address);
  if (after == blocks.begin()) return false;
  --after;
  return address + bytes <= after->first + after->second;
}

int upload(CUDAAddress to, const void *from, size_t bytes, void *stream) {
  ENTER(cuMemcpyHtoDAsync_v2);
  if (!holds(to, bytes)) return invalidValue;
  hostEnqueue(stream, [=] { memcpy((void *)to, from, bytes); });
  return 0;
}

int download(void *to, CUDAAddress from, size_t bytes, void *stream) {
  ENTER(cuMemcpyDtoHAsync_v2);
  if (!holds(from, bytes)) return invalidValue;
  hostEnqueue(stream, [=] { memcpy(to, (const void *)from, bytes); });
  return 0;
}

int streamCreate(void **stream, unsigned) {
  ENTER(cuStreamCreate);
  return *stream = new Stream, 0;
}

int streamDestroy(void *stream) { return delete (Stream *)stream, 0; }
int streamWait(void *) { ENTER(cuStreamSynchronize); return 0; }

int beginCapture(void *stream, int) {
  ENTER(cuStreamBeginCapture_v2);
  if (((Stream *)stream)->captured) return invalidValue;
  ((Stream *)stream)->captured = new Graph;
  return 0;
}

int endCapture(void *stream, void **graph) {
  ENTER(cuStreamEndCapture);
  *graph = ((Stream *)stream)->captured;
  ((Stream *)stream)->captured = nullptr;
  return *graph ? 0 : invalidValue;
}

int instantiate(void **runnable, void *graph, unsigned long long) {
  ENTER(cuGraphInstantiateWithFlags);
  return *runnable = new Graph(*(Graph *)graph), 0;
}

int graphLaunch(void *runnable, void *stream) {
  ENTER(cuGraphLaunch);
  for (auto &step : ((Graph *)runnable)->steps) hostEnqueue(stream, step);
  return 0;
}

int graphDestroy(void *graph) { return delete (Graph *)graph, 0; }

int moduleLoad(void **module, const void *image) {
  ENTER(cuModuleLoadData);
  int factor;
  if (sscanf((const char *)image, "host %d", &factor) != 1) return invalidValue;
  return *module = new Module{factor}, 0;
}

int moduleUnload(void *module) { return delete (Module *)module, 0; }

int moduleFunction(void **function, void *module, const char *name) {
  ENTER(cuModuleGetFunction);
  Kernel kernel = hostKernel(name, ((Module *)module)->factor);
  if (!kernel) return notFound;
  static std::map<Kernel, Function> known;
  known[kernel].kernel = kernel;
  return *function = &known[kernel], 0;
}

int launch(
    void *function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
    unsigned blockY, unsigned blockZ, unsigned, void *stream, void **arguments, void **) {
  ENTER(cuLaunchKernel);
  const unsigned threads = blockX * blockY * blockZ;
  if (!gridX || !gridY || !gridZ || !threads || threads > 1024 || gridY > 65535 || gridZ > 65535)
    return invalidValue;
  KernelArguments copy = *(const KernelArguments *)arguments[0];
  Kernel kernel = ((Function *)function)->kernel;
  hostEnqueue(stream, [=] {
    hostLaunch(kernel, copy, {gridX, gridY, gridZ}, {blockX, blockY, blockZ});
  });
  return 0;
}

int eventCreate(void **event, unsigned) { return *event = new timespec(), 0; }

int eventRecord(void *event, void *stream) {
  hostEnqueue(stream, [event] { clock_gettime(CLOCK_MONOTONIC, (timespec *)event); });
  return 0;
}

int eventWait(void *) { ENTER(cuEventSynchronize); return 0; }

int eventTime(float *milliseconds, void *begin, void *end) {
  const timespec *a = (timespec *)begin, *b = (timespec *)end;
  *milliseconds = (b->tv_sec - a->tv_sec) * 1e3f + (b->tv_nsec - a->tv_nsec) / 1e6f;
  return 0;
}

int eventDestroy(void *event) { return delete (timespec *)event, 0; }

HostCall calls[] = {
    {"cuInit", (void *)init}, {"cuDriverGetVersion", (void *)version},
    {"cuGetErrorName", (void *)errorName}, {"cuDeviceGetCount", (void *)count},
    {"cuDeviceGet", (void *)device}, {"cuDeviceGetName", (void *)name},
    {"cuDeviceGetPCIBusId", (void *)busID}, {"cuDeviceTotalMem_v2", (void *)total},
    {"cuDeviceGetAttribute", (void *)attribute}, {"cuDevicePrimaryCtxRetain", (void *)retain},
    {"cuDevicePrimaryCtxRelease_v2", (void *)release},
    {"cuDevicePrimaryCtxReset_v2", (void *)reset}, {"cuCtxSetCurrent", (void *)setCurrent},
    {"cuMemGetInfo_v2", (void *)memoryInfo}, {"cuMemAlloc_v2", (void *)allocate},
    {"cuMemFree_v2", (void *)deallocate}, {"cuMemHostAlloc", (void *)hostAllocate},
    {"cuMemFreeHost", (void *)hostFree}, {"cuMemcpyHtoDAsync_v2", (void *)upload},
    {"cuMemcpyDtoHAsync_v2", (void *)download}, {"cuStreamCreate", (void *)streamCreate},
    {"cuStreamDestroy_v2", (void *)streamDestroy}, {"cuStreamSynchronize", (void *)streamWait},
    {"cuStreamBeginCapture_v2", (void *)beginCapture}, {"cuStreamEndCapture", (void *)endCapture},
    {"cuGraphInstantiateWithFlags", (void *)instantiate}, {"cuGraphLaunch", (void *)graphLaunch},
    {"cuGraphExecDestroy", (void *)graphDestroy}, {"cuGraphDestroy", (void *)graphDestroy},
    {"cuModuleLoadData", (void *)moduleLoad}, {"cuModuleGetFunction", (void *)moduleFunction},
    {"cuModuleUnload", (void *)moduleUnload}, {"cuLaunchKernel", (void *)launch},
    {"cuEventCreate", (void *)eventCreate}, {"cuEventRecord", (void *)eventRecord},
    {"cuEventSynchronize", (void *)eventWait}, {"cuEventElapsedTime", (void *)eventTime},
    {"cuEventDestroy_v2", (void *)eventDestroy},
};

}  // namespace

HostCalls hostDriverCalls() { return {calls, sizeof calls / sizeof calls[0]}; }

bool hostDeviceIsLost() { return isLost; }

void hostEnqueue(void *stream, std::function<void()> work) {
  Graph *captured = stream ? ((Stream *)stream)->captured : nullptr;
  if (captured)
    captured->steps.push_back(work);
  else
    work();
}

void *hostDeviceSymbol(const char *name) {
  for (HostCalls all : {hostDriverCalls(), hostProductCalls(), hostCompilerCalls()})
    for (size_t index = 0; index < all.count; index++)
      if (strcmp(all.first[index].name, name) == 0) return all.first[index].address;
  return nullptr;
}

void hostDeviceFail(const char *name, int call, int status, int lasts) {
  fault = Fault{name ? name : "", call, status, lasts != 0};
}

int hostDeviceCalls(const char *name) { return made[name]; }
size_t hostDeviceBytes() { return bytesInUse; }

void hostDeviceReset(size_t bytes) {
  freeAll();
  made.clear();
  fault = Fault();
  isLost = isRetained = false;
  bytesOfAll = bytes;
}
