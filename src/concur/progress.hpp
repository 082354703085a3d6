// A bar that shows how far a loop has come.
#pragma once
#include "concur/futures/progress.hpp"
