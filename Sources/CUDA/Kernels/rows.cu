// Matrices of floats or factors, row after row.

// Where a norm's results go: over the memory of floats, to factors, and to factors with positions
// added.
template <int quarters>
DEVICE void storeNormed(const Arguments &a, long long start, float (&values)[quarters][4]) {
  const int columns = a.integers[1], first = threadIdx.x % 32 * 4;
#pragma unroll
  for (int i = 0; i < quarters; i++) {
    if (first + 128 * i >= columns) continue;
    const long long to = start + first + 128 * i;
    if (a.pointers[4]) *(uint4 *)(at<float>(a, 4) + to) = pieceOfFloats(values[i]);
    if (a.pointers[5]) storeFour(at<Factor>(a, 5) + to, values[i]);
  }
  if (!a.pointers[6]) return;
#pragma unroll
  for (int i = 0; i < quarters; i++) {
    if (first + 128 * i >= columns) continue;
    float positions[4];
    spreadFloats(*(const uint4 *)(at<const float>(a, 3) + start + first + 128 * i), positions);
    for (int j = 0; j < 4; j++) values[i][j] += positions[j];
  }
#pragma unroll
  for (int i = 0; i < quarters; i++)
    if (first + 128 * i < columns)
      storeFour(at<Factor>(a, 6) + start + first + 128 * i, values[i]);
}

// A row of up to 128 · quarters columns, a multiple of four, which the warp keeps in registers.
template <int quarters>
DEVICE void normInRegisters(const Arguments &a, long long start) {
  const int columns = a.integers[1], first = threadIdx.x % 32 * 4;
  float values[quarters][4], sum = 0;
#pragma unroll
  for (int i = 0; i < quarters; i++) {
    uint4 piece = {0, 0, 0, 0};
    if (first + 128 * i < columns)
      piece = *(const uint4 *)(at<const float>(a, 0) + start + first + 128 * i);
    spreadFloats(piece, values[i]);
    sum += (values[i][0] + values[i][1]) + (values[i][2] + values[i][3]);
  }
  const float mean = warpSum(sum) / columns;
  float squares = 0;
#pragma unroll
  for (int i = 0; i < quarters; i++)
    for (int j = 0; j < 4; j++) {
      values[i][j] = first + 128 * i < columns ? values[i][j] - mean : 0;
      squares += values[i][j] * values[i][j];
    }
  const float factor = 1 / sqrtf(warpSum(squares) / columns + a.floats[0]);
#pragma unroll
  for (int i = 0; i < quarters; i++) {
    const int column = first + 128 * i;
    if (column >= columns) continue;
    float weight[4], bias[4] = {0, 0, 0, 0};
    spreadFloats(*(const uint4 *)(at<const float>(a, 1) + column), weight);
    if (a.pointers[2]) spreadFloats(*(const uint4 *)(at<const float>(a, 2) + column), bias);
    for (int j = 0; j < 4; j++) values[i][j] = values[i][j] * factor * weight[j] + bias[j];
  }
  storeNormed<quarters>(a, start, values);
}

// A row of any number of columns, read three times.
DEVICE void normRow(const Arguments &a, long long start) {
  const int columns = a.integers[1], lane = threadIdx.x % 32;
  const float *x = at<const float>(a, 0) + start;
  const float *weight = at<const float>(a, 1), *bias = at<const float>(a, 2);
  float sum = 0;
  for (int column = lane; column < columns; column += 32) sum += x[column];
  const float mean = warpSum(sum) / columns;
  float squares = 0;
  for (int column = lane; column < columns; column += 32) {
    const float distance = x[column] - mean;
    squares += distance * distance;
  }
  const float factor = 1 / sqrtf(warpSum(squares) / columns + a.floats[0]);
  for (int column = lane; column < columns; column += 32) {
    float value = (x[column] - mean) * factor * weight[column];
    if (bias) value += bias[column];
    if (a.pointers[4]) store(at<float>(a, 4), start + column, value);
    if (a.pointers[5]) store(at<Factor>(a, 5), start + column, value);
    if (a.pointers[6])
      store(at<Factor>(a, 6), start + column, value + at<const float>(a, 3)[start + column]);
  }
}

// y = (x − mean) / √(variance + ε) ∘ weight + bias for every row (Ba et al., 2016), a warp for
// each.
//
// pointers: x [rows, columns]; weight [columns]; bias or 0; positions [rows, columns] or 0; y or 0,
//   floats, may be x; y as factors or 0; y + positions as factors or 0. integers: rows, columns.
//   floats: ε.
KERNEL(norm_rows) {
  const long long row = firstOfMine() / 32, columns = a.integers[1];
  if (row >= a.integers[0]) return;  // a whole warp
  if (columns % 4 == 0 && columns <= 256)
    normInRegisters<2>(a, row * columns);
  else
    normRow(a, row * columns);
}

// The same of 260, 264, … 1,024 columns.
KERNEL(norm_wide_rows) {
  const long long row = firstOfMine() / 32, columns = a.integers[1];
  if (row >= a.integers[0]) return;  // a whole warp
  if (columns <= 768)
    normInRegisters<6>(a, row * columns);
  else
    normInRegisters<8>(a, row * columns);
}

// y = activation(x · Wᵀ + bias) for a few columns, which libraries do not like; a warp for each
// number.
//
// pointers: x [rows, ·], factors; W [columns, inputs], factors; bias [columns] or 0, as y; y [rows,
//   columns]. integers: rows, columns, inputs, stride of x; 1 for a rectifier; 1 for a y of floats,
//   0 for factors.
KERNEL(few_columns) {
  const int columns = a.integers[1], inputs = a.integers[2];
  const long long place = (long long)blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
  if (place >= (long long)a.integers[0] * columns) return;  // a whole warp
  const int column = (int)(place % columns);
  const Factor *x = at<const Factor>(a, 0) + place / columns * a.integers[3];
  const Factor *weight = at<const Factor>(a, 1) + (long long)column * inputs;
  float sum = 0;
  for (int input = threadIdx.x % 32; input < inputs; input += 32)
    sum += load(x, input) * load(weight, input);
  sum = warpSum(sum);
  if (threadIdx.x % 32 != 0) return;
  if (a.pointers[2])
    sum += a.integers[5] ? at<const float>(a, 2)[column] : load(at<const Factor>(a, 2), column);
  if (a.integers[4] && sum < 0) sum = 0;
  if (a.integers[5])
    at<float>(a, 3)[place] = sum;
  else
    store(at<Factor>(a, 3), place, sum);
}

// Words of 4 bytes from here to there by so many neighbouring threads, of which this one is the
// lane-th.
template <class Word>
DEVICE void copyRow(
    const void *__restrict__ from, void *__restrict__ to, int words, int lane, int lanes) {
  const int count = words * 4 / (int)sizeof(Word);
#pragma unroll 4
  for (int i = lane; i < count; i += lanes) ((Word *)to)[i] = ((const Word *)from)[i];
}

// How rows are shared out among threads: a power of two of them for each, at most a warp.
struct RowShare {
  bool isWide;  // pieces of 16 bytes
  int shift, lane;
  long long row, step;
};

DEVICE RowShare rowShare(unsigned long long pointers, int words) {
  RowShare share;
  share.isWide = pointers % 16 == 0 && words % 4 == 0;
  share.shift = 0;
  while (share.shift < 5 && 1 << share.shift < (share.isWide ? words / 4 : words)) share.shift++;
  share.lane = threadIdx.x & ((1 << share.shift) - 1);
  share.row = firstOfMine() >> share.shift;
  share.step = threadsOfAll() >> share.shift;
  return share;
}

DEVICE void copyRow(const RowShare &share, const unsigned *from, unsigned *to, int words) {
  if (share.isWide)
    copyRow<uint4>(from, to, words, share.lane, 1 << share.shift);
  else
    copyRow<unsigned>(from, to, words, share.lane, 1 << share.shift);
}

// A row of the table for every id.
//
// pointers: table [·, columns], floats; ids [rows]; y [rows, columns], floats. integers: rows,
//   columns. threads: a multiple of a warp.
KERNEL(gather) {
  const int rows = a.integers[0], columns = a.integers[1];
  const RowShare share = rowShare(a.pointers[0] | a.pointers[2], columns);
  for (long long row = share.row; row < rows; row += share.step)
    copyRow(
        share, at<const unsigned>(a, 0) + (long long)at<const int>(a, 1)[row] * columns,
        at<unsigned>(a, 2) + row * columns, columns);
}

// Rows of x to rows of y, as a table says: for every row of y a slot and a row. Slot −2 leaves the
// row as it is, −1 takes that row of x, and others that row after as many steps as the slot's count
// says, or x's last row.
//
// pointers: x; y; table [rows, 2]; the count of each slot. integers: rows of y, words of 4 bytes in
//   a row, rows of a step, rows of x. threads: a multiple of a warp.
KERNEL(copy_rows) {
  const int rows = a.integers[0], words = a.integers[1];
  const int *table = at<const int>(a, 2), *counts = at<const int>(a, 3);
  const RowShare share = rowShare(a.pointers[0] | a.pointers[1], words);
  for (long long row = share.row; row < rows; row += share.step) {
    const int slot = table[2 * row];
    if (slot == -2) continue;
    long long source = table[2 * row + 1];
    if (slot >= 0) {
      const int moved = (int)source + counts[slot] * a.integers[2];
      source = smaller(moved, a.integers[3] - 1);
    }
    copyRow(
        share, at<const unsigned>(a, 0) + source * words, at<unsigned>(a, 1) + row * words, words);
  }
}

// Turns every head of every row by the angles of the row's position in its segment (Su et al.,
// 2021).
//
// pointers: x, floats; 1 / θ^(2j / size) for j < size / 2; the position of each row, or 0 where all
//   segments have as many rows. integers: rows, heads, size, stride of rows, rows of a segment.
KERNEL(rotate) {
  const int heads = a.integers[1], half = a.integers[2] / 2, pairs = heads * half;
  const int *positions = at<const int>(a, 2);
  for (long long i = firstOfMine(); i < (long long)a.integers[0] * pairs; i += threadsOfAll()) {
    const int row = (int)(i / pairs), head = (int)(i % pairs) / half, pair = (int)(i % half);
    const int place = positions ? positions[row] : row % a.integers[4];
    const float angle = (float)place * at<const float>(a, 1)[pair];
    const float cosine = cosf(angle), sine = sinf(angle);
    float *x = at<float>(a, 0) + (long long)row * a.integers[3] + head * 2 * half + pair;
    const float first = x[0], second = x[half];
    x[0] = first * cosine - second * sine;
    x[half] = second * cosine + first * sine;
  }
}
