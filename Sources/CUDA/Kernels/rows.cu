// Matrices of floats or factors, row after row.

// y = (x − mean) / √(variance + ε) ∘ weight + bias for every row (Ba et al., 2016), a warp for each.
//
// pointers: x [rows, columns]; weight [columns]; bias or 0; positions [rows, columns] or 0; y or 0, floats, may be
//   x; y as factors or 0; y + positions as factors or 0. integers: rows, columns. floats: ε.
KERNEL(norm_rows) {
  const int rows = a.integers[0], columns = a.integers[1];
  const int row = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32, lane = threadIdx.x % 32;
  if (row >= rows) return;  // a whole warp
  const long long start = (long long)row * columns;
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

// y = activation(x · Wᵀ + bias) for a few columns, which libraries do not like; a warp for each number.
//
// pointers: x [rows, ·], factors; W [columns, inputs], factors; bias [columns] or 0, as y; y [rows, columns].
//   integers: rows, columns, inputs, stride of x; 1 for a rectifier; 1 for a y of floats, 0 for factors.
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

// A row of the table for every id.
//
// pointers: table [·, columns], floats; ids [rows]; y [rows, columns], floats. integers: rows, columns.
KERNEL(gather) {
  const int rows = a.integers[0], columns = a.integers[1];
  const int *ids = at<const int>(a, 1);
  for (long long i = firstOfMine(); i < (long long)rows * columns; i += threadsOfAll()) {
    const long long from = (long long)ids[i / columns] * columns + i % columns;
    at<float>(a, 2)[i] = at<const float>(a, 0)[from];
  }
}

// Rows of x to rows of y, as a table says: for every row of y a slot and a row. Slot −2 leaves the row as it is,
// −1 takes that row of x, and others that row of the image that the slot stands for.
//
// pointers: x; y; table [rows, 2]; the image of each slot. integers: rows of y, words of 4 bytes in a row, rows
//   of x for each image.
KERNEL(copy_rows) {
  const int rows = a.integers[0], words = a.integers[1];
  const int *table = at<const int>(a, 2), *images = at<const int>(a, 3);
  for (long long i = firstOfMine(); i < (long long)rows * words; i += threadsOfAll()) {
    const int slot = table[2 * (i / words)];
    if (slot == -2) continue;
    long long row = table[2 * (i / words) + 1];
    if (slot >= 0) row += (long long)images[slot] * a.integers[2];
    at<unsigned>(a, 1)[i] = at<const unsigned>(a, 0)[row * words + i % words];
  }
}

// y = 0
//
// pointers: y. integers: numbers of 4 bytes.
KERNEL(clear) {
  for (long long i = firstOfMine(); i < a.integers[0]; i += threadsOfAll()) at<unsigned>(a, 0)[i] = 0;
}

// z = x + y
//
// pointers: x; y; z, all floats. integers: numbers.
KERNEL(add) {
  for (long long i = firstOfMine(); i < a.integers[0]; i += threadsOfAll())
    at<float>(a, 2)[i] = at<const float>(a, 0)[i] + at<const float>(a, 1)[i];
}

// Floats as factors.
//
// pointers: x; y. integers: numbers.
KERNEL(narrow) {
  for (long long i = firstOfMine(); i < a.integers[0]; i += threadsOfAll())
    store(at<Factor>(a, 1), i, at<const float>(a, 0)[i]);
}

// Factors as floats.
//
// pointers: x; y. integers: numbers.
KERNEL(widen) {
  for (long long i = firstOfMine(); i < a.integers[0]; i += threadsOfAll())
    at<float>(a, 1)[i] = load(at<const Factor>(a, 0), i);
}

// 1 / (1 + exp(−x)), over the memory of x.
//
// pointers: x, floats. integers: numbers.
KERNEL(sigmoid) {
  float *x = at<float>(a, 0);
  for (long long i = firstOfMine(); i < a.integers[0]; i += threadsOfAll())
    x[i] = 1 / (1 + expf(-x[i]));
}

DEVICE float gelu(float x) { return 0.5f * x * (1 + erff(x * 0.70710678118654752f)); }

// x · Φ(x), over the memory of x (Hendrycks and Gimpel, 2016).
//
// pointers: x. integers: numbers; 1 for factors, 0 for floats.
KERNEL(gelu_over) {
  for (long long i = firstOfMine(); i < a.integers[0]; i += threadsOfAll()) {
    if (a.integers[1])
      store(at<Factor>(a, 0), i, gelu(load(at<const Factor>(a, 0), i)));
    else
      at<float>(a, 0)[i] = gelu(at<const float>(a, 0)[i]);
  }
}

// x = x ∘ y, or x ∘ gelu(y) (Shazeer, 2020).
//
// pointers: x; y, factors. integers: numbers; 1 for gelu.
KERNEL(multiply) {
  Factor *x = at<Factor>(a, 0);
  for (long long i = firstOfMine(); i < a.integers[0]; i += threadsOfAll()) {
    const float y = load(at<const Factor>(a, 1), i);
    store(x, i, load(x, i) * (a.integers[1] ? gelu(y) : y));
  }
}

// Turns every head of every row by the angles of the row's position in its segment (Su et al., 2021).
//
// pointers: x, floats; 1 / θ^(2j / size) for j < size / 2. integers: rows, heads, size, stride of rows, rows of a
//   segment.
KERNEL(rotate) {
  const int heads = a.integers[1], half = a.integers[2] / 2, pairs = heads * half;
  for (long long i = firstOfMine(); i < (long long)a.integers[0] * pairs; i += threadsOfAll()) {
    const int row = (int)(i / pairs), head = (int)(i % pairs) / half, pair = (int)(i % half);
    const float angle = (float)(row % a.integers[4]) * at<const float>(a, 1)[pair];
    const float cosine = cosf(angle), sine = sinf(angle);
    float *x = at<float>(a, 0) + (long long)row * a.integers[3] + head * 2 * half + pair;
    const float first = x[0], second = x[half];
    x[0] = first * cosine - second * sine;
    x[half] = second * cosine + first * sine;
  }
}

// Sets a flag for images of which a number is too large for norms, infinite, or none.
//
// pointers: x; flags, one an image. integers: numbers of an image; 1 for factors, 0 for floats. floats: the largest
//   that is sound. grid: y is the image.
KERNEL(find_unsound) {
  const long long start = (long long)blockIdx.y * a.integers[0];
  bool isSound = true;
  for (long long i = firstOfMine(); i < a.integers[0]; i += threadsOfAll()) {
    const float value = a.integers[1] ? load(at<const Factor>(a, 0), start + i)
                                      : at<const float>(a, 0)[start + i];
    isSound = isSound && fabsf(value) <= a.floats[0];
  }
  if (!isSound) at<int>(a, 1)[blockIdx.y] = 1;
}
