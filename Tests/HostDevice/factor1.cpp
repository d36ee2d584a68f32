#define FACTOR 1
#include "dialect.h"
