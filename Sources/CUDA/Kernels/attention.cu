// softmax(q · kᵀ / √size) · v in one pass over the keys, with the largest score so far taken
// out of the exponents (Milakov and Gimelshein, 2018; Dao et al., 2022). Each thread has a
// query; keys and values pass through shared memory, where all threads read the same number at
// a time.

#define KEYS_IN_TILE 32
#define KEYS_AT_ONCE 8

struct Scores {
  float values[KEYS_AT_ONCE];
  float most;
};

// A segment's rows of queries and of keys: where they begin, and how many there are.
struct Segment {
  int firstQuery, firstKey, queries, keys;
};

DEVICE Segment segmentOf(const Arguments &a) {
  const int number = blockIdx.z;
  const int *lengths = at<const int>(a, 4), *starts = at<const int>(a, 5);
  if (starts) return {starts[number], starts[number], lengths[number], lengths[number]};
  const int queries = a.integers[0], keys = a.integers[1];
  const int padding = lengths ? a.integers[7] - lengths[number] : 0;
  return {number * queries, number * keys, queries, keys - padding};
}

// Zeros in rows between a segment and the next, which no query has.
template <int size>
DEVICE void clearRest(const Arguments &a, const Segment &segment) {
  if (!a.pointers[5] || blockIdx.x > 0) return;
  const int first = segment.firstQuery + segment.queries;
  const int rest = at<const int>(a, 5)[blockIdx.z + 1] - first;
  Factor *to = at<Factor>(a, 3) + (long long)first * a.integers[5] + blockIdx.y * size;
  for (int i = threadIdx.x; i < rest * size; i += blockDim.x)
    store(to, (long long)(i / size) * a.integers[5] + i % size, 0);
}

// pointers: q; k; v; y, factors; the tokens of each segment, or 0; where each segment begins
//   and, after the last, how many rows there are, or 0 where all have as many. integers:
//   queries of a segment; its keys; strides of q, k, v and y; how far a query sees, or −1; how
//   many of the keys are text, the last of them beyond the segment's tokens being padding.
//   floats: 1 / √size. grid: tiles of queries, heads, segments.
template <class In, int size>
DEVICE void attend(const Arguments &a) {
  // Where matrix units do all but odd cases, their kernel is small rather than fast.
  const int each = FACTOR == 0 || size % 16 != 0 ? size : 1;
  __shared__ float tileKeys[KEYS_IN_TILE][size], tileValues[KEYS_IN_TILE][size];
  const Segment segment = segmentOf(a);
  clearRest<size>(a, segment);
  const int first = blockIdx.x * blockDim.x, window = a.integers[6], keys = segment.keys;
  if (first >= segment.queries) return;  // a whole block
  const int row = first + threadIdx.x, column = blockIdx.y * size;
  const bool isQuery = row < segment.queries;
  const long long place = segment.firstQuery + row, firstKey = segment.firstKey;
  float query[size], sum[size], weight = 0, most = NOTHING;
#pragma unroll each
  for (int i = 0; i < size; i++) {
    query[i] =
        isQuery ? a.floats[0] * load(at<const In>(a, 0), place * a.integers[2] + column + i) : 0;
    sum[i] = 0;
  }
  const int begin = window < 0 ? 0 : larger(0, first - window);
  const int end = window < 0 ? keys : smaller(keys, first + blockDim.x + window);
  for (int start = begin; start < end; start += KEYS_IN_TILE) {
    const int count = smaller(KEYS_IN_TILE, end - start);
    __syncthreads();
    for (int i = threadIdx.x; i < KEYS_IN_TILE * size; i += blockDim.x) {
      const long long key = firstKey + start + i / size;
      const bool isKey = i / size < count;
      tileKeys[i / size][i % size] =
          isKey ? load(at<const In>(a, 1), key * a.integers[3] + column + i % size) : 0;
      tileValues[i / size][i % size] =
          isKey ? load(at<const In>(a, 2), key * a.integers[4] + column + i % size) : 0;
    }
    __syncthreads();
    for (int some = 0; some < count; some += KEYS_AT_ONCE) {
      Scores scores;
      scores.most = most;
#pragma unroll
      for (int j = 0; j < KEYS_AT_ONCE; j++) {
        const int key = start + some + j;
        float score = 0;
#pragma unroll each
        for (int i = 0; i < size; i++) score += query[i] * tileKeys[some + j][i];
        const bool isNear = window < 0 || (row - key <= window && key - row <= window);
        const bool isSeen = key < end && isNear;
        scores.values[j] = isSeen ? score : NOTHING;
        scores.most = fmaxf(scores.most, scores.values[j]);
      }
      if (scores.most == NOTHING) continue;
      const float shrink = expf(most - scores.most);
      most = scores.most;
      weight *= shrink;
#pragma unroll each
      for (int i = 0; i < size; i++) sum[i] *= shrink;
#pragma unroll
      for (int j = 0; j < KEYS_AT_ONCE; j++) {
        const float share = expf(scores.values[j] - most);
        weight += share;
#pragma unroll each
        for (int i = 0; i < size; i++) sum[i] += share * tileValues[some + j][i];
      }
    }
  }
  if (!isQuery) return;
#pragma unroll each
  for (int i = 0; i < size; i++)
    store(at<Factor>(a, 3), place * a.integers[5] + column + i, weight == 0 ? 0 : sum[i] / weight);
}

#if FACTOR == 0
#define ATTENTION(size) \
  KERNEL(attention_floats_##size) { attend<float, size>(a); }
#else
#define ATTENTION(size) \
  KERNEL(attention_factors_##size) { attend<Factor, size>(a); } \
  KERNEL(attention_floats_##size) { attend<float, size>(a); }
#endif

// Whoever compiles says which sizes of heads there are: compiling all takes long.
#ifndef HEAD_SIZES
#define HEAD_SIZES \
  ATTENTION(8) ATTENTION(16) ATTENTION(24) ATTENTION(32) ATTENTION(48) ATTENTION(64)
#endif
HEAD_SIZES
