// Attention on matrix units whose queries and keys are turned by their positions on the way (Su
// et al., 2021): they come as floats, as a product has left them, and so do values.

#if FACTOR != 0

// Four channels of a head's first half, and those of its second that turn with them.
struct TwoPieces {
  float4 first, second;
};

// Of a row; zeros beyond the last.
DEVICE TwoPieces piecesAt(const float *from, int stride, int half, int row, int count) {
  // The last row stands for those beyond, so that nothing has to be known before the read.
  const float *place = from + (long long)smaller(row, count - 1) * stride;
  const TwoPieces pieces = {*(const float4 *)place, *(const float4 *)(place + half)};
  const TwoPieces zeros = {{0, 0, 0, 0}, {0, 0, 0, 0}};
  return row < count ? pieces : zeros;
}

DEVICE void turn(TwoPieces &pieces, const TwoPieces &turns) {
  const float4 x = pieces.first, y = pieces.second, c = turns.first, s = turns.second;
  pieces.first = {
      x.x * c.x - y.x * s.x, x.y * c.y - y.y * s.y, x.z * c.z - y.z * s.z, x.w * c.w - y.w * s.w};
  pieces.second = {
      y.x * c.x + x.x * s.x, y.y * c.y + x.y * s.y, y.z * c.z + x.z * s.z, y.w * c.w + x.w * s.w};
}

DEVICE void store(Factor *to, int half, const TwoPieces &pieces) {
  const float4 x = pieces.first, y = pieces.second;
  const uint2 first = {narrowedPair(x.x, x.y), narrowedPair(x.z, x.w)};
  const uint2 second = {narrowedPair(y.x, y.y), narrowedPair(y.z, y.w)};
  *(uint2 *)to = first;
  *(uint2 *)(to + half) = second;
}

// Some rows of floats: where the first is, how far it is to the next, how many there are, and the
// position of the first.
struct FloatRows {
  const float *from;
  int stride, count, position;
};

// Rows of floats become factors of tiles, as far as 16 rows go; queries only if there are any.
//
// - turns: [positions, 2, size / 2]: cosines, then sines of the angles by which a head's first half
//   turns with the second.
template <int size, bool withQueries>
DEVICE void fetchFloats(
    UnitTile<size> &queryTile, UnitTile<size> &keyTile, UnitTile<size> &valueTile,
    const FloatRows &queries, const FloatRows &keys, const FloatRows &values, const float *turns) {
  const int half = size / 2, pieces = half / 4;
  const int most = withQueries ? larger(queries.count, keys.count) : keys.count;
  const int all = smaller(UNIT_KEYS, (most + 15) / 16 * 16) * pieces;
  for (int i = threadIdx.x; i < all; i += UNIT_THREADS) {
    const int row = i / pieces, column = i % pieces * 4;
    TwoPieces key = piecesAt(keys.from + column, keys.stride, half, row, keys.count);
    const TwoPieces keyTurns =
        piecesAt(turns + keys.position * size + column, size, half, row, keys.count);
    const TwoPieces value = piecesAt(values.from + column, values.stride, half, row, values.count);
    if (withQueries) {
      TwoPieces query = piecesAt(queries.from + column, queries.stride, half, row, queries.count);
      const TwoPieces queryTurns =
          piecesAt(turns + queries.position * size + column, size, half, row, queries.count);
      turn(query, queryTurns);
      store(&queryTile.rows[row][column], half, query);
    }
    turn(key, keyTurns);
    store(&keyTile.rows[row][column], half, key);
    store(&valueTile.rows[row][column], half, value);
  }
}

// The same arguments and grid as `attend`, and after them: turns of all positions, as above.
template <int size>
DEVICE void attendTurned(const Arguments &a) {
  __shared__ UnitTile<size> queryTile, keyTile, valueTile;
  const Segment segment = segmentOf(a);
  clearRest<size>(a, segment);
  const int first = blockIdx.x * UNIT_KEYS, window = a.integers[6], column = blockIdx.y * size;
  if (first >= segment.queries) return;  // a whole block
  const int lane = threadIdx.x % 32, tile = threadIdx.x / 32 * 16;
  const int row = segment.firstQuery + first, rows = segment.queries - first - tile;
  const FloatRows some = {
      at<const float>(a, 0) + (long long)row * a.integers[2] + column, a.integers[2],
      segment.queries - first, first};
  UnitQueries<size, 1> queries;
  begin(queries);
  const int from = window < 0 ? 0 : larger(0, first - window);
  const int end = window < 0 ? segment.keys : smaller(segment.keys, first + UNIT_KEYS + window);
  for (int start = from; start < end; start += UNIT_KEYS) {
    const long long key = segment.firstKey + start;
    const int count = end - start;
    const FloatRows keys = {
        at<const float>(a, 1) + key * a.integers[3] + column, a.integers[3], count, start};
    const FloatRows values = {
        at<const float>(a, 2) + key * a.integers[4] + column, a.integers[4], count, start};
    if (start > from) {
      __syncthreads();
      fetchFloats<size, false>(
          queryTile, keyTile, valueTile, some, keys, values, at<const float>(a, 6));
    } else {
      fetchFloats<size, true>(
          queryTile, keyTile, valueTile, some, keys, values, at<const float>(a, 6));
    }
    __syncthreads();
    if (rows <= 0) continue;  // a whole warp
    if (start == from)
#pragma unroll
      for (int step = 0; step < size / 16; step++)
        readSquares(
            queries.factors[0][step],
            &queryTile.rows[tile + lane % 16][step * 16 + lane / 16 * 8]);
    UnitScores<1> scores;
    score(scores, queries, keyTile, count);
    if (count < UNIT_KEYS || window >= 0)
      hide(scores, count, first + tile + lane / 4 - start, window);
    weigh(queries, scores, a.floats[0] * LOG2_E);
    mix(queries, scores, valueTile, count);
  }
  if (rows > 0) write(queries, at<Factor>(a, 3) + column, a.integers[5], row + tile, rows);
}

// Of these two files, for a size of heads: as many blocks at a time as registers allow without
// spilling.
#define UNITS(size) \
  BOUNDED_KERNEL(attention_units_##size, UNIT_THREADS, size > 48 ? 3 : 4) { \
    attendOnUnits<size, 1>(a); \
  } \
  BOUNDED_KERNEL(attention_wide_##size, UNIT_THREADS, size > 32 ? 2 : 3) { \
    attendOnUnits<size, 2>(a); \
  } \
  BOUNDED_KERNEL(attention_turned_##size, UNIT_THREADS, 4) { attendTurned<size>(a); }

#ifndef UNIT_SIZES
#define UNIT_SIZES UNITS(16) UNITS(32) UNITS(48) UNITS(64)
#endif
UNIT_SIZES

#endif
