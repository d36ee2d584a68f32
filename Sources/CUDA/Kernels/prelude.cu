// What every kernel builds on. A kernel has one argument, whose meaning stands above it; “factors” are numbers
// that products multiply: floats, bfloat16 (FACTOR 1) or half floats (FACTOR 2). Everything is added up in floats.
//
// The same text is compiled for the processor by tests, where HOST is defined beforehand.

#ifndef HOST
#define KERNEL(name) extern "C" __global__ void name(const Arguments a)
#define DEVICE static __device__ __forceinline__
#endif

struct Arguments {
  unsigned long long pointers[8];
  int integers[16];
  float floats[4];
};

#define NOTHING (-__int_as_float(0x7f800000))

typedef unsigned short Bits16;

template <class T>
DEVICE T *at(const Arguments &a, int index) {
  return (T *)a.pointers[index];
}

DEVICE float load(const float *from, long long index) { return from[index]; }
DEVICE void store(float *to, long long index, float value) { to[index] = value; }

#if FACTOR == 0
typedef float Factor;
#else
struct Factor {
  Bits16 bits;
};

#if FACTOR == 1
DEVICE float widened(Bits16 bits) { return __int_as_float((int)((unsigned)bits << 16)); }

// To the nearest, ties to even; what is no number stays none.
DEVICE Bits16 narrowed(float value) {
  unsigned bits = (unsigned)__float_as_int(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fff;
  return (Bits16)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}
#elif defined(HOST)
DEVICE float widened(Bits16 bits) { return hostWidened(bits); }
DEVICE Bits16 narrowed(float value) { return hostNarrowed(value); }
#else
DEVICE float widened(Bits16 bits) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
  return value;
}

DEVICE Bits16 narrowed(float value) {
  Bits16 bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
}
#endif

DEVICE float load(const Factor *from, long long index) { return widened(from[index].bits); }
DEVICE void store(Factor *to, long long index, float value) { to[index].bits = narrowed(value); }
#endif

// This thread among all of the grid, and how many there are: for loops over numbers.
DEVICE long long firstOfMine() { return (long long)blockIdx.x * blockDim.x + threadIdx.x; }
DEVICE long long threadsOfAll() { return (long long)gridDim.x * blockDim.x; }

// The sum over the 32 threads of a warp, which all must be here.
DEVICE float warpSum(float value) {
  for (int distance = 16; distance > 0; distance /= 2)
    value += __shfl_xor_sync(0xffffffffu, value, distance);
  return value;
}

DEVICE int smaller(int a, int b) { return a < b ? a : b; }
DEVICE int larger(int a, int b) { return a > b ? a : b; }
