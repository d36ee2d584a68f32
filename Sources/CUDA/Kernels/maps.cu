// Feature maps of factors, [images, height, width, channels].

// What a convolution sees from each place of its result, so that a product does the rest; zeros
// beyond the edges and in columns beyond kernel · kernel · channels. Each thread keeps a column and
// walks along a row of the result.
//
// pointers: x; y [images · rows · columns of the result, columns]. integers: height, width,
//   channels, kernel, stride, padding, height and width of the result, columns of y, columns of a
//   slice, places that a thread walks over. grid: x are parts of a row of the result, y all those
//   rows, z slices of columns. threads: a multiple of a slice, for as many places at a time.
template <class Piece>
DEVICE void unfoldPieces(const Arguments &a) {
  const int channels = a.integers[2], kernel = a.integers[3], columns = a.integers[8];
  const int abreast = blockDim.x / a.integers[9], mine = threadIdx.x / a.integers[9];
  const int column = blockIdx.z * a.integers[9] + threadIdx.x - mine * a.integers[9];
  if (column >= columns) return;
  const int cell = column / channels, cellRow = cell / kernel;
  const int image = blockIdx.y / a.integers[6];
  const int y = (blockIdx.y - image * a.integers[6]) * a.integers[4] + cellRow - a.integers[5];
  const int left = cell - cellRow * kernel - a.integers[5];
  const int width = cellRow < kernel && 0 <= y && y < a.integers[0] ? a.integers[1] : 0;
  const Piece *from =
      at<const Piece>(a, 0) +
      ((long long)image * a.integers[0] + y) * a.integers[1] * channels + column - cell * channels;
  Piece *to = at<Piece>(a, 1) + (long long)blockIdx.y * a.integers[7] * columns + column;
  const int span = abreast * a.integers[10], start = blockIdx.x * span;
  const int end = smaller(a.integers[7], start + span);
  for (int place = start + mine; place < end; place += 4 * abreast) {
    Piece seen[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const int x = (place + i * abreast) * a.integers[4] + left;
      const bool isInside = 0 <= x && x < width && place + i * abreast < end;
      seen[i] = isInside ? from[(long long)x * channels] : Piece();
    }
#pragma unroll
    for (int i = 0; i < 4; i++)
      if (place + i * abreast < end) to[(long long)(place + i * abreast) * columns] = seen[i];
  }
}

KERNEL(unfold) { unfoldPieces<Factor>(a); }

// The same in pieces of 16 bytes: “channels” and “columns” are counted in them.
KERNEL(unfold_wide) { unfoldPieces<uint4>(a); }

// What the network's first convolution sees, 7×7 of three planes from every second place, of as
// many places at a time: a tile whose pixels lie side by side in shared memory, with zeros beyond
// the edges.
#define STEM_WIDTH 64
#define STEM_HEIGHT 4
#define STEM_SEEN (2 * STEM_WIDTH + 5)
#define STEM_ROWS (2 * STEM_HEIGHT + 5)
// Numbers of a row of the tile, so that the pieces that a warp puts together come from different
// banks.
#define STEM_PITCH 407
#define STEM_CELLS (7 * 7 * 3)
// Pieces of a row of the result, which ends in zeros.
#define STEM_PIECES (152 / FACTORS)

DEVICE float shown(const float *, float value, int) { return value; }
DEVICE float shown(const float *table, unsigned char sample, int plane) {
  return table[256 * plane + sample];
}

// Fills the tile from the planes of an image, one of which may stand for all three.
template <class Pixel, int planes>
DEVICE void fillStem(const Arguments &a, Factor *tile) {
  const int height = a.integers[0], width = a.integers[1];
  const int top = 2 * STEM_HEIGHT * (int)blockIdx.y - 3;
  const int left = 2 * STEM_WIDTH * (int)blockIdx.x - 3;
  const Pixel *image = at<const Pixel>(a, 0) + (long long)blockIdx.z * planes * height * width;
#pragma unroll 4
  for (int i = threadIdx.x; i < STEM_ROWS * planes * STEM_SEEN; i += blockDim.x) {
    const int line = i / STEM_SEEN, column = i % STEM_SEEN;
    const int row = line / planes, plane = line % planes, y = top + row, x = left + column;
    const bool isInside = 0 <= y && y < height && 0 <= x && x < width;
    const Pixel pixel = isInside ? image[((long long)plane * height + y) * width + x] : (Pixel)0;
#pragma unroll
    for (int channel = 0; channel < 3 / planes; channel++)
      store(
          tile, row * STEM_PITCH + 3 * column + plane + channel,
          isInside ? shown(at<const float>(a, 2), pixel, plane + channel) : 0);
  }
}

// Four bytes of a piece.
DEVICE unsigned stemWord(const Factor *tile, const int *from) {
#if FACTOR == 0
  return (unsigned)__float_as_int(tile[from[0]]);
#else
  return (unsigned)tile[from[0]].bits | (unsigned)tile[from[1]].bits << 16;
#endif
}

// Writes the tile's rows of the result: each thread keeps a piece and walks over places.
DEVICE void unfoldStem(const Arguments &a, const Factor *tile) {
  const int each = FACTORS / 4, abreast = 16 * FACTORS / 8;
  const int piece = threadIdx.x % STEM_PIECES, mine = threadIdx.x / STEM_PIECES;
  const int height = a.integers[2], width = a.integers[3];
  int from[FACTORS];
  unsigned kept[4];
#pragma unroll
  for (int i = 0; i < FACTORS; i++) {
    const int column = smaller(piece * FACTORS + i, STEM_CELLS - 1), row = column / 21;
    from[i] = row * STEM_PITCH + column - row * 21 + 6 * mine;
  }
#pragma unroll
  for (int i = 0; i < 4; i++) {
    const int left = STEM_CELLS - piece * FACTORS - i * each;
    kept[i] = left >= each ? 0xffffffffu : left <= 0 ? 0 : 0xffffu;
  }
  const int first = blockIdx.x * STEM_WIDTH + mine, top = blockIdx.y * STEM_HEIGHT;
  for (int row = 0; row < smaller(STEM_HEIGHT, height - top); row++) {
    uint4 *to = at<uint4>(a, 1) + piece +
                (((long long)blockIdx.z * height + top + row) * width + first) * STEM_PIECES;
#pragma unroll
    for (int place = 0; place < STEM_WIDTH; place += abreast) {
      const Factor *seen = tile + 2 * row * STEM_PITCH + 6 * place;
      const uint4 words = {
          stemWord(seen, from) & kept[0], stemWord(seen, from + each) & kept[1],
          stemWord(seen, from + 2 * each) & kept[2], stemWord(seen, from + 3 * each) & kept[3]};
      if (first + place < width) to[place * STEM_PIECES] = words;
    }
  }
}

// What that convolution sees, straight from the images.
//
// pointers: images [·, planes, height, width], floats or samples of 8 bits; y [images · rows ·
//   columns of the result, 152]; what samples become, [3, 256] floats. integers: height, width,
//   height and width of the result, planes of samples, 1 or 3, or 0 for three of floats. grid: x, y
//   tiles of the result, z images. threads: 304.
KERNEL(unfold_stem) {
  __shared__ Factor tile[STEM_ROWS * STEM_PITCH];
  if (a.integers[4] == 0)
    fillStem<float, 3>(a, tile);
  else if (a.integers[4] == 1)
    fillStem<unsigned char, 1>(a, tile);
  else
    fillStem<unsigned char, 3>(a, tile);
  __syncthreads();
  unfoldStem(a, tile);
}

// The maximum over windows of 3×3, every second one; infinite where a number is none. At an edge a
// row or column is looked at twice.
//
// pointers: x; y. integers: height, width, channels, height and width of the result, images. grid:
//   y are rows of the result.
template <int each>
DEVICE void poolPiece(const Arguments &a, long long image, int row, int column, int channel) {
  const int height = a.integers[0], width = a.integers[1], channels = a.integers[2];
  float most[each];
#pragma unroll
  for (int i = 0; i < each; i++) most[i] = NOTHING;
#pragma unroll
  for (int dy = -1; dy <= 1; dy++)
#pragma unroll
    for (int dx = -1; dx <= 1; dx++) {
      const int y = smaller(larger(0, 2 * row + dy), height - 1);
      const int x = smaller(larger(0, 2 * column + dx), width - 1);
      const Factor *from =
          at<const Factor>(a, 0) + ((image * height + y) * width + x) * channels + channel;
      float values[each];
      if (each == 1)
        values[0] = load(from, 0);
      else
        spread(*(const uint4 *)from, values);
#pragma unroll
      for (int i = 0; i < each; i++) most[i] = fmaxf(most[i], fminf(values[i], -NOTHING));
    }
  Factor *to = at<Factor>(a, 1) +
               ((image * a.integers[3] + row) * a.integers[4] + column) * channels + channel;
  if (each == 1)
    store(to, 0, most[0]);
  else
    *(uint4 *)to = pieceOf(most);
}

template <int each>
DEVICE void pool(const Arguments &a) {
  const int pieces = a.integers[2] / each, count = a.integers[4] * pieces;
  for (int y = blockIdx.y; y < a.integers[5] * a.integers[3]; y += gridDim.y) {
    const int image = y / a.integers[3];
    for (int i = (int)firstOfMine(); i < count; i += (int)threadsOfAll())
      poolPiece<each>(a, image, y - image * a.integers[3], i / pieces, i % pieces * each);
  }
}

KERNEL(max_pool) {
  if (a.integers[2] % FACTORS == 0)
    pool<FACTORS>(a);
  else
    pool<1>(a);
}

// [images, channels, height · width] of floats to [images, height · width, channels] of factors; or
// of samples of 8 bits in one plane or three.
//
// pointers: x; y; what samples become, [3, 256] floats. integers: channels, height · width, images,
//   planes of samples, or 0.
KERNEL(interleave) {
  const int channels = a.integers[0], planes = a.integers[3];
  const long long area = a.integers[1], count = area * channels * a.integers[2];
  for (long long i = firstOfMine(); i < count; i += threadsOfAll()) {
    const long long image = i / channels / area, cell = i / channels % area;
    const int channel = (int)(i % channels), plane = planes == 1 ? 0 : channel;
    const long long from = (image * (planes ? planes : channels) + plane) * area + cell;
    store(
        at<Factor>(a, 1), i,
        planes ? shown(at<const float>(a, 2), at<const unsigned char>(a, 0)[from], channel)
               : at<const float>(a, 0)[from]);
  }
}
