// Python's multiprocessing, as far as it goes today.
#pragma once
#include "concur/multiprocessing/freeze_support.hpp"
#include "concur/multiprocessing/start_method.hpp"
