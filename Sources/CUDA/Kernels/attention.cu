// softmax(q · kᵀ / √size) · v in one pass over the keys, with the largest score so far taken out of the exponents
// (Milakov and Gimelshein, 2018; Dao et al., 2022). Each thread has a query; keys and values pass through shared
// memory, where all threads read the same number at a time.

#define KEYS_IN_TILE 32
#define KEYS_AT_ONCE 8

struct Scores {
  float values[KEYS_AT_ONCE];
  float most;
};

// pointers: q; k; v; y, factors; the tokens of each segment, or 0. integers: queries of a segment; its keys;
//   strides of q, k, v and y; how far a query sees, or −1; how many of the keys are text, the last of them beyond
//   the segment's tokens being padding. floats: 1 / √size. grid: tiles of queries, heads, segments.
template <class In, int size>
DEVICE void attend(const Arguments &a) {
  __shared__ float tileKeys[KEYS_IN_TILE][size], tileValues[KEYS_IN_TILE][size];
  const int segment = blockIdx.z, first = blockIdx.x * blockDim.x, window = a.integers[6];
  const int row = first + threadIdx.x, column = blockIdx.y * size, queries = a.integers[0];
  const bool isQuery = row < queries;
  int keys = a.integers[1];
  if (a.pointers[4]) keys += at<const int>(a, 4)[segment] - a.integers[7];
  const long long place = (long long)segment * queries + row;
  const long long firstKey = (long long)segment * a.integers[1];
  float query[size], sum[size], weight = 0, most = NOTHING;
#pragma unroll
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
#pragma unroll
        for (int i = 0; i < size; i++) score += query[i] * tileKeys[some + j][i];
        const bool isSeen = key < end && (window < 0 || (row - key <= window && key - row <= window));
        scores.values[j] = isSeen ? score : NOTHING;
        scores.most = fmaxf(scores.most, scores.values[j]);
      }
      if (scores.most == NOTHING) continue;
      const float shrink = expf(most - scores.most);
      most = scores.most;
      weight *= shrink;
#pragma unroll
      for (int i = 0; i < size; i++) sum[i] *= shrink;
#pragma unroll
      for (int j = 0; j < KEYS_AT_ONCE; j++) {
        const float share = expf(scores.values[j] - most);
        weight += share;
#pragma unroll
        for (int i = 0; i < size; i++) sum[i] += share * tileValues[some + j][i];
      }
    }
  }
  if (!isQuery) return;
#pragma unroll
  for (int i = 0; i < size; i++)
    store(at<Factor>(a, 3), place * a.integers[5] + column + i, weight > 0 ? sum[i] / weight : 0);
}

#define ATTENTION(size) \
  KERNEL(attention_factors_##size) { attend<Factor, size>(a); } \
  KERNEL(attention_floats_##size) { attend<float, size>(a); }

// Whoever compiles says which sizes of heads there are: compiling all takes long.
#ifndef HEAD_SIZES
#define HEAD_SIZES ATTENTION(8) ATTENTION(16) ATTENTION(24) ATTENTION(32) ATTENTION(48) ATTENTION(64)
#endif
HEAD_SIZES
