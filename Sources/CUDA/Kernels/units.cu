// Attention on matrix units: as in attention.cu, but a warp has 16 queries, or 32 of them, and
// multiplies them with 8 keys in one instruction (Dao, 2023). Factors are of 16 bits, and heads
// of a multiple of 16 channels.

#if FACTOR != 0

#define UNIT_KEYS 64
#define UNIT_THREADS 128
// Beyond each row of a tile, so that the threads of a warp read from different banks.
#define UNIT_GAP 8
#define LOG2_E 1.44269504f

// Two neighbours as they lie.
DEVICE unsigned pairAt(const Factor *from) { return *(const unsigned *)from; }

// Keys or values, row by row.
template <int size>
struct __align__(16) UnitTile {
  Factor rows[UNIT_KEYS][size + UNIT_GAP];
};

// What a warp has of 16 · halves queries: themselves, the sums of values so far, the largest
// scores, and the weights as far as this thread has added them up.
template <int size, int halves>
struct UnitQueries {
  unsigned factors[halves][size / 16][4];
  float sums[halves][size / 8][4], most[halves][2], weights[halves][2];
};

template <int halves>
struct UnitScores {
  float of[halves][UNIT_KEYS / 8][4];
};

template <int size, int halves>
DEVICE void begin(UnitQueries<size, halves> &queries) {
#pragma unroll
  for (int half = 0; half < halves; half++) {
#pragma unroll
    for (int tile = 0; tile < size / 8; tile++)
#pragma unroll
      for (int i = 0; i < 4; i++) queries.sums[half][tile][i] = 0;
#pragma unroll
    for (int i = 0; i < 2; i++) queries.most[half][i] = NOTHING, queries.weights[half][i] = 0;
  }
}

// q · kᵀ for the first `count` keys of a tile, and up to 15 more.
template <int size, int halves>
DEVICE void score(
    UnitScores<halves> &scores, const UnitQueries<size, halves> &queries,
    const UnitTile<size> &keys, int count) {
  const int lane = threadIdx.x % 32;
  const Factor *corner = &keys.rows[lane / 16 * 8 + lane % 8][lane / 8 % 2 * 8];
#pragma unroll
  for (int tile = 0; tile < UNIT_KEYS / 8; tile += 2) {
#pragma unroll
    for (int half = 0; half < halves; half++)
#pragma unroll
      for (int i = 0; i < 8; i++) scores.of[half][tile + i / 4][i % 4] = 0;
    if (tile * 8 >= count) continue;
#pragma unroll
    for (int step = 0; step < size / 16; step++) {
      unsigned key[4];
      readSquares(key, corner + tile * 8 * (size + UNIT_GAP) + step * 16);
#pragma unroll
      for (int half = 0; half < halves; half++) {
        multiplyAdd(scores.of[half][tile], queries.factors[half][step], key[0], key[1]);
        multiplyAdd(scores.of[half][tile + 1], queries.factors[half][step], key[2], key[3]);
      }
    }
  }
}

// Takes keys out that no query sees: those from `count` on and, if there is a window, those too
// far away.
//
// - row: this thread's first, counted from the first key of the tile.
template <int halves>
DEVICE void hide(UnitScores<halves> &scores, int count, int row, int window) {
#pragma unroll
  for (int half = 0; half < halves; half++)
#pragma unroll
    for (int tile = 0; tile < UNIT_KEYS / 8; tile++)
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const int key = tile * 8 + threadIdx.x % 4 * 2 + i % 2;
        const int distance = row + half * 16 + i / 2 * 8 - key;
        const bool isFar = window >= 0 && (distance > window || -distance > window);
        if (key >= count || isFar) scores.of[half][tile][i] = NOTHING;
      }
}

// Scores become weights of values, and what was added up before becomes as much smaller.
//
// - scale: log₂ e / √size
template <int size, int halves>
DEVICE void weigh(UnitQueries<size, halves> &queries, UnitScores<halves> &scores, float scale) {
#pragma unroll
  for (int half = 0; half < halves; half++)
#pragma unroll
    for (int row = 0; row < 2; row++) {
      float most = queries.most[half][row], weight = 0;
#pragma unroll
      for (int i = 0; i < UNIT_KEYS / 4; i++)
        most = fmaxf(most, scores.of[half][i / 2][row * 2 + i % 2]);
      // Over the four threads that have a row.
      most = fmaxf(most, __shfl_xor_sync(0xffffffffu, most, 1));
      most = fmaxf(most, __shfl_xor_sync(0xffffffffu, most, 2));
      const float base = most == NOTHING ? 0 : most * scale;
      const float shrink = powerOfTwo(queries.most[half][row] * scale - base);
#pragma unroll
      for (int i = 0; i < UNIT_KEYS / 4; i++) {
        float &score = scores.of[half][i / 2][row * 2 + i % 2];
        score = powerOfTwo(score * scale - base);
        weight += score;
      }
      queries.most[half][row] = most;
      queries.weights[half][row] = queries.weights[half][row] * shrink + weight;
#pragma unroll
      for (int i = 0; i < size / 4; i++) queries.sums[half][i / 2][row * 2 + i % 2] *= shrink;
    }
}

// Adds values with their weights.
template <int size, int halves>
DEVICE void mix(
    UnitQueries<size, halves> &queries, const UnitScores<halves> &weights,
    const UnitTile<size> &values, int count) {
  const int lane = threadIdx.x % 32;
  const Factor *corner = &values.rows[lane % 16][lane / 16 * 8];
#pragma unroll
  for (int step = 0; step < UNIT_KEYS / 16; step++) {
    if (step * 16 >= count) continue;
    unsigned shares[halves][4];
#pragma unroll
    for (int half = 0; half < halves; half++)
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const float *two = &weights.of[half][step * 2 + i / 2][i % 2 * 2];
        shares[half][i] = narrowedPair(two[0], two[1]);
      }
#pragma unroll
    for (int tile = 0; tile < size / 8; tile += 2) {
      unsigned value[4];
      readTurnedSquares(value, corner + step * 16 * (size + UNIT_GAP) + tile * 8);
#pragma unroll
      for (int half = 0; half < halves; half++) {
        multiplyAdd(queries.sums[half][tile], shares[half], value[0], value[1]);
        multiplyAdd(queries.sums[half][tile + 1], shares[half], value[2], value[3]);
      }
    }
  }
}

// - row: the first of the warp's; rows: how many of the segment's there are from it on.
template <int size, int halves>
DEVICE void take(
    UnitQueries<size, halves> &queries, const Factor *from, int stride, int row, int rows) {
  const int lane = threadIdx.x % 32;
  from += (long long)(row + lane / 4) * stride + lane % 4 * 2;
#pragma unroll
  for (int half = 0; half < halves; half++)
#pragma unroll
    for (int i = 0; i < size / 4; i++) {
      const int place = half * 16 + i % 2 * 8;
      const Factor *two = from + (long long)place * stride + i / 2 * 8;
      queries.factors[half][i / 4][i % 4] = place + lane / 4 < rows ? pairAt(two) : 0;
    }
}

// - row, rows: as of `take`.
template <int size, int halves>
DEVICE void write(
    const UnitQueries<size, halves> &queries, Factor *to, int stride, int row, int rows) {
  const int lane = threadIdx.x % 32;
  to += (long long)(row + lane / 4) * stride + lane % 4 * 2;
#pragma unroll
  for (int half = 0; half < halves; half++)
#pragma unroll
    for (int i = 0; i < 2; i++) {
      // Over the four threads that have a row.
      float weight = queries.weights[half][i];
      weight += __shfl_xor_sync(0xffffffffu, weight, 1);
      weight += __shfl_xor_sync(0xffffffffu, weight, 2);
      const float factor = weight == 0 ? 0 : reciprocal(weight);
      const int place = half * 16 + i * 8;
      if (place + lane / 4 >= rows) continue;
#pragma unroll
      for (int tile = 0; tile < size / 8; tile++) {
        const float *two = &queries.sums[half][tile][i * 2];
        *(unsigned *)(to + (long long)place * stride + tile * 8) =
            narrowedPair(two[0] * factor, two[1] * factor);
      }
    }
}

// Starts to fetch keys or values of a tile; zeros beyond the last.
template <int size>
DEVICE void fetch(UnitTile<size> &tile, const Factor *from, int stride, int count) {
  const int pieces = size / 8, step = UNIT_THREADS / pieces;
  const int first = threadIdx.x / pieces, column = threadIdx.x % pieces * 8;
  from += (long long)first * stride + column;
#pragma unroll
  for (int row = 0; row < UNIT_KEYS; row += step) {
    if (first < step && first + row < UNIT_KEYS)
      copyAside(&tile.rows[first + row][column], from, first + row < count);
    from += (long long)step * stride;
  }
}

// The same arguments and grid as `attend`, without a window; a tile has 64 · halves queries.
template <int size, int halves>
DEVICE void attendOnUnits(const Arguments &a) {
  __shared__ UnitTile<size> keyTiles[2], valueTiles[2];
  const Segment segment = segmentOf(a);
  clearRest<size>(a, segment);
  const int column = blockIdx.y * size;
  const Factor *key = at<const Factor>(a, 1) + (long long)segment.firstKey * a.integers[3] + column;
  const Factor *value =
      at<const Factor>(a, 2) + (long long)segment.firstKey * a.integers[4] + column;
  fetch<size>(keyTiles[0], key, a.integers[3], segment.keys);
  fetch<size>(valueTiles[0], value, a.integers[4], segment.keys);
  const int tile = (blockIdx.x * (UNIT_THREADS / 32) + threadIdx.x / 32) * 16 * halves;
  const int row = segment.firstQuery + tile, rows = segment.queries - tile;  // of a warp
  UnitQueries<size, halves> queries;
  begin(queries);
  take(queries, at<const Factor>(a, 0) + column, a.integers[2], row, rows);
  const float scale = a.floats[0] * LOG2_E;
  bool turn = false;
  for (int left = segment.keys; left > 0; left -= UNIT_KEYS, turn = !turn) {
    awaitCopies();
    __syncthreads();
    if (left > UNIT_KEYS) {
      key += (long long)UNIT_KEYS * a.integers[3];
      value += (long long)UNIT_KEYS * a.integers[4];
      fetch<size>(keyTiles[!turn], key, a.integers[3], left - UNIT_KEYS);
      fetch<size>(valueTiles[!turn], value, a.integers[4], left - UNIT_KEYS);
    }
    if (rows <= 0) continue;  // a whole warp
    UnitScores<halves> scores;
    if (left >= UNIT_KEYS) {
      score(scores, queries, keyTiles[turn], UNIT_KEYS);
      weigh(queries, scores, scale);
      mix(queries, scores, valueTiles[turn], UNIT_KEYS);
    } else {
      score(scores, queries, keyTiles[turn], left);
      hide(scores, left, 0, -1);
      weigh(queries, scores, scale);
      mix(queries, scores, valueTiles[turn], left);
    }
  }
  if (rows > 0) write(queries, at<Factor>(a, 3) + column, a.integers[5], row, rows);
}

#endif
