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

#define BOUNDED_KERNEL(name, threads, blocks) KERNEL(name)

#define __shared__ static
#define __align__(bytes) __attribute__((aligned(bytes)))
#define threadIdx hostThread()
#define blockIdx hostBlockIndex
#define blockDim hostBlockSize
#define gridDim hostGridSize
#define __syncthreads hostBarrier
#define __shfl_xor_sync(all, value, mask) hostExchange(value, mask)

struct uint2 {
  unsigned x, y;
};

struct uint4 {
  unsigned x, y, z, w;
};

struct float4 {
  float x, y, z, w;
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
DEVICE void multiplyAdd(float (&d)[4], const unsigned (&a)[4], unsigned first, unsigned second) {
  const unsigned b[2] = {first, second};
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

// The two numbers of each square that are this thread's; `row` is what it shows to the others.
DEVICE void hostSquares(unsigned (&squares)[4], const Factor *row, bool isTurned) {
  const unsigned long long place = (unsigned long long)row;
  const unsigned shown[4] = {(unsigned)place, (unsigned)(place >> 32)}, nothing[2] = {};
  if (place % 16 != 0) __builtin_trap();  // as the device would
  const unsigned(*all)[6] = hostShow(shown, nothing);
  const int lane = hostThread().x % 32, group = lane / 4, third = lane % 4;
  for (int square = 0; square < 4; square++) {
    squares[square] = 0;
    for (int i = 0; i < 2; i++) {
      const int from = square * 8 + (isTurned ? third * 2 + i : group);
      const Factor *numbers =
          (const Factor *)((unsigned long long)all[from][1] << 32 | all[from][0]);
      squares[square] |= (unsigned)numbers[isTurned ? group : third * 2 + i].bits << i * 16;
    }
  }
  hostEndShow();
}

DEVICE void readSquares(unsigned (&squares)[4], const Factor *row) {
  hostSquares(squares, row, false);
}

DEVICE void readTurnedSquares(unsigned (&squares)[4], const Factor *row) {
  hostSquares(squares, row, true);
}

DEVICE void copyAside(void *to, const void *from, bool isThere) {
  if ((unsigned long long)to % 16 != 0 || (unsigned long long)from % 16 != 0) __builtin_trap();
  if (isThere)
    memcpy(to, from, 16);
  else
    memset(to, 0, 16);
}

DEVICE void awaitCopies() {}
DEVICE float reciprocal(float x) { return 1 / x; }
DEVICE float powerOfTwo(float x) { return exp2f(x); }
#endif
#include "../../Sources/CUDA/Kernels/numbers.cu"
#include "../../Sources/CUDA/Kernels/rows.cu"
#include "../../Sources/CUDA/Kernels/attention.cu"
#include "../../Sources/CUDA/Kernels/units.cu"
#include "../../Sources/CUDA/Kernels/turned.cu"
#include "../../Sources/CUDA/Kernels/maps.cu"
}  // namespace
