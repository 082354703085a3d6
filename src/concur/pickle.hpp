// Python's pickle, as far as processes need it.
#pragma once
#include "concur/pickle/dumps.hpp"
#include "concur/pickle/function.hpp"
#include "concur/pickle/register_exception.hpp"
