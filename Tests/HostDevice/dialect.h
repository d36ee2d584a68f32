// As much of CUDA's C++ as the kernels use, for the processor. Included once for each kind of factor.
#include <math.h>
#include <string.h>

#include "threads.h"

#define HOST 1
#define DEVICE static inline __attribute__((unused))
#define KERNEL(name) \
  static void name(const Arguments a); \
  static void run_##name(const KernelArguments &arguments) { \
    Arguments copy; \
    memcpy(&copy, &arguments, sizeof copy); \
    name(copy); \
  } \
  static HostRegistration known_##name(#name, FACTOR, run_##name); \
  static void name(const Arguments a)

#define __shared__ static
#define __align__(bytes) __attribute__((aligned(bytes)))
#define threadIdx hostThread()
#define blockIdx hostBlockIndex
#define blockDim hostBlockSize
#define gridDim hostGridSize
#define __syncthreads hostBarrier
#define __shfl_xor_sync(all, value, mask) hostExchange(value, mask)

struct uint4 {
  unsigned x, y, z, w;
};

static inline int __float_as_int(float value) {
  int bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static inline float __int_as_float(int bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// Of half floats, whose conversion the device has in one instruction.
float hostWidened(unsigned short bits);
unsigned short hostNarrowed(float value);

static_assert(sizeof(KernelArguments) == 144, "the kernels' argument has another size");

namespace {
#include "../../Sources/CUDA/Kernels/prelude.cu"
#if FACTOR != 0

// What a matrix unit does for a warp: every thread shows what it holds and takes what its numbers are made of.
DEVICE void multiplyAdd(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  const unsigned(*all)[6] = hostShow(a, b);
  const int lane = hostThread().x % 32, group = lane / 4, third = lane % 4;
  for (int i = 0; i < 4; i++)
    for (int k = 0; k < 16; k++) {
      const unsigned left = all[group * 4 + k % 8 / 2][(i / 2) + 2 * (k / 8)];
      const unsigned right = all[(third * 2 + i % 2) * 4 + k % 8 / 2][4 + k / 8];
      d[i] += widened((Bits16)(left >> k % 2 * 16)) * widened((Bits16)(right >> k % 2 * 16));
    }
  hostEndShow();
}
#endif
#include "../../Sources/CUDA/Kernels/rows.cu"
#include "../../Sources/CUDA/Kernels/attention.cu"
#include "../../Sources/CUDA/Kernels/units.cu"
#include "../../Sources/CUDA/Kernels/maps.cu"
}  // namespace
