// What every kernel builds on. A kernel has one argument, whose meaning stands above it; “factors” are numbers
// that products multiply: floats, bfloat16 (FACTOR 1) or half floats (FACTOR 2). Everything is added up in floats.
//
// The same text is compiled for the processor by tests, where HOST is defined beforehand.

#ifndef HOST
#define KERNEL(name) extern "C" __global__ void name(const Arguments a)
// - threads: of a block; blocks: that a multiprocessor shall have room for.
#define BOUNDED_KERNEL(name, threads, blocks) \
  extern "C" __global__ void __launch_bounds__(threads, blocks) name(const Arguments a)
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
#elif defined(HOST)
DEVICE float widened(Bits16 bits) { return hostWidened(bits); }
#else
DEVICE float widened(Bits16 bits) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
  return value;
}
#endif

// To the nearest, ties to even; what is no number stays none.
#if defined(HOST) && FACTOR == 1
DEVICE Bits16 narrowed(float value) {
  unsigned bits = (unsigned)__float_as_int(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fff;
  return (Bits16)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}
#elif defined(HOST)
DEVICE Bits16 narrowed(float value) { return hostNarrowed(value); }
#else
#if FACTOR == 1
#define KIND "bf16"
#else
#define KIND "f16"
#endif
DEVICE Bits16 narrowed(float value) {
  Bits16 bits;
  asm("cvt.rn." KIND ".f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
}
#endif

// Two neighbours, as they lie in memory.
#ifdef HOST
DEVICE unsigned narrowedPair(float first, float second) {
  return (unsigned)narrowed(first) | (unsigned)narrowed(second) << 16;
}
#else
DEVICE unsigned narrowedPair(float first, float second) {
  unsigned bits;
  asm("cvt.rn." KIND "x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(second), "f"(first));
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

#if !defined(HOST) && FACTOR != 0
// d += a · b: [16, 16] by [16, 8]. Of the thread with number 4g + t in its warp, a holds the rows g
// and g + 8, of each the columns 2t, 2t + 1 and, in its second half, these + 8; b the rows 2t, 2t + 1
// and, in its second half, these + 8 of column g; d the columns 2t, 2t + 1 of the rows g and g + 8.
DEVICE void multiplyAdd(float (&d)[4], const unsigned (&a)[4], unsigned first, unsigned second) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32." KIND "." KIND ".f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(first), "r"(second));
}

DEVICE unsigned sharedAddress(const void *place) {
  return (unsigned)__cvta_generic_to_shared(place);
}

// Four squares of 8 rows and columns from shared memory, the rows of square i where the threads
// 8i … 8i + 7 of the warp say. Thread 4g + t gets the columns 2t, 2t + 1 of row g of each.
DEVICE void readSquares(unsigned (&squares)[4], const Factor *row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(squares[0]), "=r"(squares[1]), "=r"(squares[2]), "=r"(squares[3])
               : "r"(sharedAddress(row))
               : "memory");
}

// The same, but thread 4g + t gets the rows 2t, 2t + 1 of column g.
DEVICE void readTurnedSquares(unsigned (&squares)[4], const Factor *row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(squares[0]), "=r"(squares[1]), "=r"(squares[2]), "=r"(squares[3])
               : "r"(sharedAddress(row))
               : "memory");
}

// 16 bytes, or zeros, to shared memory while the thread goes on; there after `awaitCopies`.
DEVICE void copyAside(void *to, const void *from, bool isThere) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(sharedAddress(to)), "l"(from),
               "r"(isThere ? 16 : 0)
               : "memory");
}

DEVICE void awaitCopies() { asm volatile("cp.async.wait_all;" ::: "memory"); }

// 1 / x, to 23 bits.
DEVICE float reciprocal(float x) {
  float value;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(value) : "f"(x));
  return value;
}

// 2 ^ x, to 22 bits.
DEVICE float powerOfTwo(float x) {
  float value;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(value) : "f"(x));
  return value;
}
#endif
