// The driver: one device, its contexts and its memory.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <map>
#include <set>
#include <string>

#include "device.h"

namespace {

enum { invalidValue = 1, outOfMemory = 2, invalidContext = 201 };
const size_t poisonedBytes = 8 << 20;

struct Fault {
  std::string name;
  int call = 0, status = 0;
  bool lasts = false;
};

std::map<std::string, int> made;
std::map<CUDAAddress, size_t> blocks;
size_t bytesInUse, bytesOfAll = (size_t)8 << 30;
Fault fault;
bool isLost;
std::set<void *> contexts;

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

void freeAll() {
  for (auto &block : blocks) free((void *)block.first);
  blocks.clear();
  bytesInUse = 0;
}

int contextCreate(void **context, unsigned, int) {
  ENTER(cuCtxCreate_v2);
  contexts.insert(*context = new int(0));
  return 0;
}

// With the last one goes whatever was wrong.
int contextDestroy(void *context) {
  if (contexts.erase(context) == 0 || !contexts.empty()) return 0;
  freeAll();
  isLost = false;
  if (!fault.lasts) fault = Fault();
  return 0;
}

int setCurrent(void *context) {
  ENTER(cuCtxSetCurrent);
  return context == nullptr || contexts.count(context) ? 0 : invalidContext;
}

// Filled with what is no number in any kind, but for large ones, in which libraries work.
int allocate(CUDAAddress *address, size_t bytes) {
  ENTER(cuMemAlloc_v2);
  if (bytes == 0) return invalidValue;
  if (bytesInUse + bytes > bytesOfAll) return outOfMemory;
  void *memory = aligned_alloc(256, (bytes + 255) / 256 * 256);
  memset(memory, 0xff, bytes < poisonedBytes ? bytes : poisonedBytes);
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

HostCall calls[] = {
    {"cuInit", (void *)init}, {"cuDriverGetVersion", (void *)version},
    {"cuGetErrorName", (void *)errorName}, {"cuDeviceGetCount", (void *)count},
    {"cuDeviceGet", (void *)device}, {"cuDeviceGetName", (void *)name},
    {"cuDeviceGetPCIBusId", (void *)busID}, {"cuDeviceTotalMem_v2", (void *)total},
    {"cuDeviceGetAttribute", (void *)attribute}, {"cuCtxCreate_v2", (void *)contextCreate},
    {"cuCtxDestroy_v2", (void *)contextDestroy}, {"cuCtxSetCurrent", (void *)setCurrent},
    {"cuMemAlloc_v2", (void *)allocate},
    {"cuMemFree_v2", (void *)deallocate}, {"cuMemHostAlloc", (void *)hostAllocate},
    {"cuMemFreeHost", (void *)hostFree}, {"cuMemcpyHtoDAsync_v2", (void *)upload},
    {"cuMemcpyDtoHAsync_v2", (void *)download},
};

}  // namespace

HostCalls hostDriverCalls() { return {calls, sizeof calls / sizeof calls[0]}; }

int hostEnter(const char *name) {
  hostReadFault();
  const int call = ++made[name];
  if (isLost) return fault.status;
  if (fault.name == name && call >= fault.call) {
    isLost = fault.status != outOfMemory;
    return fault.status;
  }
  return 0;
}

bool hostDeviceIsLost() { return isLost; }

void *hostDeviceSymbol(const char *name) {
  for (HostCalls all : {hostDriverCalls(), hostStreamCalls(), hostProductCalls(),
                        hostCompilerCalls(), hostMonitorCalls()})
    for (size_t index = 0; index < all.count; index++)
      if (strcmp(all.first[index].name, name) == 0) return all.first[index].address;
  return nullptr;
}

void hostDeviceFail(const char *name, int call, int status, int lasts) {
  fault = Fault{name ? name : "", call, status, lasts != 0};
}

int hostDeviceCalls(const char *name) { return made[name]; }
size_t hostDeviceBytes() { return bytesInUse; }
void hostDeviceLimit(size_t bytes) { bytesOfAll = bytes; }

void hostDeviceReset(size_t bytes) {
  freeAll();
  made.clear();
  fault = Fault();
  isLost = false;
  contexts.clear();
  bytesOfAll = bytes;
}
