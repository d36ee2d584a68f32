// Attention on matrix units: as in attention.cu, but a warp has 16 queries at a time and multiplies them with 8
// keys in one instruction (Dao, 2023). Factors are of 16 bits, and heads of a multiple of 16 channels.

#if FACTOR != 0

#define UNIT_KEYS 64
// Beyond each row of a tile, so that the threads of a warp read from different banks.
#define UNIT_GAP 8

DEVICE unsigned pair(Bits16 low, Bits16 high) { return (unsigned)low | (unsigned)high << 16; }

// Two neighbours as they lie.
DEVICE unsigned pairAt(const Factor *from) { return *(const unsigned *)from; }

#ifndef HOST
// d += a · b: [16, 16] by [16, 8]. Of the thread with number 4g + t in its warp, a holds the rows g and g + 8, of
// each the columns 2t, 2t + 1 and, in its second half, these + 8; b the rows 2t, 2t + 1 and these + 8 of column g;
// d the columns 2t, 2t + 1 of the rows g and g + 8.
DEVICE void multiplyAdd(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
#if FACTOR == 1
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
#else
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
#endif
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#endif

// Over the four threads that have a row.
DEVICE float rowMost(float value) {
  value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, 1));
  return fmaxf(value, __shfl_xor_sync(0xffffffffu, value, 2));
}

DEVICE float rowSum(float value) {
  value += __shfl_xor_sync(0xffffffffu, value, 1);
  return value + __shfl_xor_sync(0xffffffffu, value, 2);
}

// Keys or values of a tile; zeros beyond the last.
template <int size>
DEVICE void fetch(
    Factor (&tile)[UNIT_KEYS][size + UNIT_GAP], const Factor *from, long long stride, int count) {
  const int pieces = size / 8;
  for (int i = threadIdx.x; i < UNIT_KEYS * pieces; i += blockDim.x) {
    const int row = i / pieces, column = i % pieces * 8;
    uint4 piece = {0, 0, 0, 0};
    if (row < count) piece = *(const uint4 *)(from + row * stride + column);
    *(uint4 *)&tile[row][column] = piece;
  }
}

// The same arguments and grid as `attend`, without a window; 128 threads.
template <int size>
DEVICE void attendOnUnits(const Arguments &a) {
  __shared__ __align__(16) Factor keyTile[UNIT_KEYS][size + UNIT_GAP];
  __shared__ __align__(16) Factor valueTile[UNIT_KEYS][size + UNIT_GAP];
  const int segment = blockIdx.z, column = blockIdx.y * size, queries = a.integers[0];
  const int group = threadIdx.x % 32 / 4, third = threadIdx.x % 4;
  const int first = blockIdx.x * 64 + threadIdx.x / 32 * 16 + group;
  const int rows[2] = {first, first + 8};
  int keys = a.integers[1];
  if (a.pointers[4]) keys += at<const int>(a, 4)[segment] - a.integers[7];
  unsigned query[size / 16][4];
#pragma unroll
  for (int step = 0; step < size / 16; step++)
#pragma unroll
    for (int part = 0; part < 4; part++) {
      const int row = rows[part % 2];
      const long long place = ((long long)segment * queries + row) * a.integers[2] + column;
      query[step][part] =
          row < queries
              ? pairAt(at<const Factor>(a, 0) + place + step * 16 + part / 2 * 8 + third * 2)
              : 0;
    }
  float sum[size / 8][4] = {}, most[2] = {NOTHING, NOTHING}, weight[2] = {0, 0};
  const long long firstKey = (long long)segment * a.integers[1];
  for (int start = 0; start < keys; start += UNIT_KEYS) {
    const int count = smaller(UNIT_KEYS, keys - start);
    __syncthreads();
    fetch<size>(
        keyTile, at<const Factor>(a, 1) + (firstKey + start) * a.integers[3] + column,
        a.integers[3], count);
    fetch<size>(
        valueTile, at<const Factor>(a, 2) + (firstKey + start) * a.integers[4] + column,
        a.integers[4], count);
    __syncthreads();
    float scores[UNIT_KEYS / 8][4], best[2] = {most[0], most[1]};
#pragma unroll
    for (int tile = 0; tile < UNIT_KEYS / 8; tile++) {
#pragma unroll
      for (int i = 0; i < 4; i++) scores[tile][i] = 0;
#pragma unroll
      for (int step = 0; step < size / 16; step++) {
        const Factor *key = &keyTile[tile * 8 + group][step * 16 + third * 2];
        const unsigned b[2] = {pairAt(key), pairAt(key + 8)};
        multiplyAdd(scores[tile], query[step], b);
      }
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const bool isKey = tile * 8 + third * 2 + i % 2 < count;
        scores[tile][i] = isKey ? scores[tile][i] * a.floats[0] : NOTHING;
        best[i / 2] = fmaxf(best[i / 2], scores[tile][i]);
      }
    }
    float part[2] = {0, 0}, shrink[2];
#pragma unroll
    for (int half = 0; half < 2; half++) {
      best[half] = rowMost(best[half]);
      shrink[half] = expf(most[half] - best[half]);
      most[half] = best[half];
    }
#pragma unroll
    for (int tile = 0; tile < UNIT_KEYS / 8; tile++)
#pragma unroll
      for (int i = 0; i < 4; i++) {
        scores[tile][i] = expf(scores[tile][i] - most[i / 2]);
        part[i / 2] += scores[tile][i];
      }
#pragma unroll
    for (int half = 0; half < 2; half++)
      weight[half] = weight[half] * shrink[half] + rowSum(part[half]);
#pragma unroll
    for (int tile = 0; tile < size / 8; tile++) {
#pragma unroll
      for (int i = 0; i < 4; i++) sum[tile][i] *= shrink[i / 2];
#pragma unroll
      for (int step = 0; step < UNIT_KEYS / 16; step++) {
        unsigned share[4];
#pragma unroll
        for (int i = 0; i < 4; i++) {
          const float *two = &scores[step * 2 + i / 2][i % 2 * 2];
          share[i] = pair(narrowed(two[0]), narrowed(two[1]));
        }
        const Factor(*value)[size + UNIT_GAP] = &valueTile[step * 16 + third * 2];
        const int channel = tile * 8 + group;
        const unsigned b[2] = {
            pair(value[0][channel].bits, value[1][channel].bits),
            pair(value[8][channel].bits, value[9][channel].bits)};
        multiplyAdd(sum[tile], share, b);
      }
    }
  }
#pragma unroll
  for (int tile = 0; tile < size / 8; tile++)
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const int row = rows[i / 2];
      const long long place = ((long long)segment * queries + row) * a.integers[5] + column;
      if (row < queries)
        store(at<Factor>(a, 3), place + tile * 8 + third * 2 + i % 2, sum[tile][i] / weight[i / 2]);
    }
}

#define UNITS(size) \
  KERNEL(attention_units_##size) { attendOnUnits<size>(a); }

#ifndef UNIT_SIZES
#define UNIT_SIZES UNITS(16) UNITS(32) UNITS(48) UNITS(64)
#endif
UNIT_SIZES

#endif
