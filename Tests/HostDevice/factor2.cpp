#define FACTOR 2
#include "dialect.h"
