// All of the library.
#pragma once
#include "concur/futures.hpp"
#include "concur/version.hpp"
