#define FACTOR 0
#include "dialect.h"
