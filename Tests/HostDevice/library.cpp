// The device as the libraries that a program opens: every call under its own name. Linked into one file, which then
// stands for all of NVIDIA's.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "device.h"

// A name that leads to where the call is; what it is given stays where it was.
#if defined(__x86_64__)
#define LEAD(name) "jmp *hostPlace_" #name "(%rip)\n"
#else
#define LEAD(name) \
  "adrp x16, hostPlace_" #name "\nldr x16, [x16, :lo12:hostPlace_" #name "]\nbr x16\n"
#endif

#define PLACE(result, name, arguments) \
  extern "C" __attribute__((visibility("hidden"))) void *hostPlace_##name; \
  void *hostPlace_##name; \
  __asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name ":\n" LEAD(name) \
          ".size " #name ", .-" #name "\n");

#define FILL(result, name, arguments) hostPlace_##name = hostDeviceSymbol(#name);

CUDA_DRIVER_CALLS(PLACE)
CUDA_PRODUCT_CALLS(PLACE)
CUDA_COMPILER_CALLS(PLACE)
CUDA_MONITOR_CALLS(PLACE)

__attribute__((constructor)) static void fill() {
  CUDA_DRIVER_CALLS(FILL)
  CUDA_PRODUCT_CALLS(FILL)
  CUDA_COMPILER_CALLS(FILL)
  CUDA_MONITOR_CALLS(FILL)
}

// A program that others run finds its faults in a file, when it comes: “call status”, and “lasts” if a fresh context
// does not help. The file is taken away when it is read.
void hostReadFault() {
  static const char *const path = getenv("HOST_DEVICE_FAULT");
  if (!path || access(path, R_OK) != 0) return;
  FILE *file = fopen(path, "r");
  if (!file) return;
  char name[64] = "", word[16] = "";
  int status = 0;
  const bool isWhole = fscanf(file, "%63s %d %15s", name, &status, word) >= 2;
  fclose(file);
  unlink(path);
  if (isWhole) hostDeviceFail(name, 1, status, word[0] == 'l');
}
