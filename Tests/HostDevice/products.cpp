// Products, with matrices that lie column after column, as their library wants them.
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "numbers.h"

namespace {

enum { badValue = 7, internalError = 14, notSupported = 15 };
enum { transposeA = 3, transposeB = 4, epilogue = 7, bias = 8 };

struct Product {
  int arithmetic = 0, flipsA = 0, flipsB = 0, epilogue = 1;
  CUDAAddress bias = 0;
};

struct Layout {
  int kind;
  uint64_t rows, columns;
  int64_t stride;
};

struct Preference {
  uint64_t workspaceBytes = 0;
};

size_t version() { return 130000; }
int create(void **handle) { return hostDeviceIsLost() ? 1 : (*handle = new int(0), 0); }
int destroy(void *handle) { return delete (int *)handle, 0; }

int productCreate(void **product, int arithmetic, int scale) {
  if (arithmetic != 68 || scale != kindFloat) return notSupported;
  auto made = new Product;
  made->arithmetic = arithmetic;
  *product = made;
  return 0;
}

int productDestroy(void *product) { return delete (Product *)product, 0; }

int productSet(void *raw, int attribute, const void *value, size_t bytes) {
  Product *product = (Product *)raw;
  const bool isAddress = attribute == bias;
  if (bytes != (isAddress ? 8u : 4u)) return badValue;
  switch (attribute) {
    case transposeA: memcpy(&product->flipsA, value, bytes); return 0;
    case transposeB: memcpy(&product->flipsB, value, bytes); return 0;
    case epilogue: memcpy(&product->epilogue, value, bytes); return 0;
    case bias: memcpy(&product->bias, value, bytes); return 0;
    default: return badValue;
  }
}

int layoutCreate(void **layout, int type, uint64_t rows, uint64_t columns, int64_t stride) {
  if (!hostNumberBytes(type) || stride < (int64_t)rows) return badValue;
  *layout = new Layout{type, rows, columns, stride};
  return 0;
}

int layoutDestroy(void *layout) { return delete (Layout *)layout, 0; }
int preferenceCreate(void **preference) { return *preference = new Preference, 0; }
int preferenceDestroy(void *preference) { return delete (Preference *)preference, 0; }

int preferenceSet(void *preference, int attribute, const void *value, size_t bytes) {
  if (5 <= attribute && attribute <= 8 && bytes == 4) return 0;  // alignments
  if (attribute == 3 && bytes == 4) return *(const uint32_t *)value & ~7u ? badValue : 0;
  if (attribute != 1 || bytes != 8) return badValue;
  memcpy(&((Preference *)preference)->workspaceBytes, value, bytes);
  return 0;
}

bool fits(const Product &p, const Layout &a, const Layout &b, const Layout &c, const Layout &d) {
  const uint64_t inner = p.flipsA ? a.rows : a.columns;
  return (p.flipsA ? a.columns : a.rows) == d.rows && (p.flipsB ? b.columns : b.rows) == inner &&
         (p.flipsB ? b.rows : b.columns) == d.columns && c.rows == d.rows &&
         c.columns == d.columns && c.kind == d.kind && a.kind == b.kind &&
         (d.kind == a.kind || d.kind == kindFloat);
}

int propose(
    void *, void *product, void *a, void *b, void *c, void *d, void *, int most,
    CUDAProductProposal *proposals, int *count) {
  const Layout &result = *(Layout *)d;
  if (hostDeviceIsLost()) return internalError;
  if (!fits(*(Product *)product, *(Layout *)a, *(Layout *)b, *(Layout *)c, *(Layout *)d))
    return notSupported;
  if (most < 1) return badValue;
  // Of small products two, the first of which is slow: whoever does not measure takes it.
  const bool isSmall = result.rows * result.columns <= 64;
  *count = isSmall && most > 1 ? 2 : 1;
  for (int index = 0; index < *count; index++) {
    memset(&proposals[index], 0, sizeof *proposals);
    proposals[index].algorithm.data[0] = 0x600d;
    proposals[index].algorithm.data[1] = isSmall && index == 0;
  }
  return 0;
}

int checkAlgorithm(
    void *, void *product, void *a, void *b, void *c, void *d, const CUDAProductAlgorithm *algorithm,
    CUDAProductProposal *result) {
  hostEnter("cublasLtMatmulAlgoCheck");
  if (!fits(*(Product *)product, *(Layout *)a, *(Layout *)b, *(Layout *)c, *(Layout *)d))
    return notSupported;
  if (algorithm->data[0] != 0x600d) return badValue;
  memset(result, 0, sizeof *result);
  result->algorithm = *algorithm;
  return 0;
}

bool isSpoiled;

struct Work {
  Product product;
  float alpha, beta;
  Layout a, b, c, d;
  const void *aNumbers, *bNumbers, *cNumbers;
  void *dNumbers;

  void run() const {
    const size_t inner = product.flipsA ? a.rows : a.columns;
    for (size_t column = 0; column < d.columns; column++)
      for (size_t row = 0; row < d.rows; row++) {
        float sum = 0;
        for (size_t i = 0; i < inner; i++) {
          const size_t left = product.flipsA ? row * a.stride + i : i * a.stride + row;
          const size_t right = product.flipsB ? i * b.stride + column : column * b.stride + i;
          sum += hostRead(aNumbers, a.kind, left) * hostRead(bNumbers, b.kind, right);
        }
        sum *= isSpoiled ? alpha * 1.1f : alpha;
        if (beta != 0) sum += beta * hostRead(cNumbers, c.kind, column * c.stride + row);
        if (product.epilogue & 4) sum += hostRead((const void *)product.bias, d.kind, row);
        if (product.epilogue & 2) sum = sum < 0 ? 0 : sum;
        hostWrite(dNumbers, d.kind, column * d.stride + row, sum);
      }
  }
};

int multiply(
    void *, void *product, const void *alpha, CUDAAddress a, void *aLayout, CUDAAddress b,
    void *bLayout, const void *beta, CUDAAddress c, void *cLayout, CUDAAddress d, void *dLayout,
    const CUDAProductAlgorithm *algorithm, CUDAAddress, size_t, void *stream) {
  if (hostDeviceIsLost()) return 13;
  if (algorithm->data[0] != 0x600d) return badValue;
  const bool isSlow = algorithm->data[1];
  hostEnter(isSlow ? "slow product" : "fast product");
  Work work = {
      *(Product *)product, *(const float *)alpha, *(const float *)beta, *(Layout *)aLayout,
      *(Layout *)bLayout, *(Layout *)cLayout, *(Layout *)dLayout, (const void *)a, (const void *)b,
      (const void *)c, (void *)d};
  if (!fits(work.product, work.a, work.b, work.c, work.d)) return notSupported;
  hostEnqueue(stream, [work, isSlow] {
    if (isSlow) usleep(200);
    work.run();
  });
  return 0;
}

HostCall calls[] = {
    {"cublasLtGetVersion", (void *)version},
    {"cublasLtCreate", (void *)create},
    {"cublasLtDestroy", (void *)destroy},
    {"cublasLtMatmulDescCreate", (void *)productCreate},
    {"cublasLtMatmulDescDestroy", (void *)productDestroy},
    {"cublasLtMatmulDescSetAttribute", (void *)productSet},
    {"cublasLtMatrixLayoutCreate", (void *)layoutCreate},
    {"cublasLtMatrixLayoutDestroy", (void *)layoutDestroy},
    {"cublasLtMatmulPreferenceCreate", (void *)preferenceCreate},
    {"cublasLtMatmulPreferenceDestroy", (void *)preferenceDestroy},
    {"cublasLtMatmulPreferenceSetAttribute", (void *)preferenceSet},
    {"cublasLtMatmulAlgoGetHeuristic", (void *)propose},
    {"cublasLtMatmulAlgoCheck", (void *)checkAlgorithm},
    {"cublasLtMatmul", (void *)multiply},
};

}  // namespace

void hostDeviceSpoil(int isWrong) { isSpoiled = isWrong != 0; }

HostCalls hostProductCalls() { return {calls, sizeof calls / sizeof calls[0]}; }
