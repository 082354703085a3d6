// All of the library.
#pragma once
#include "concur/futures.hpp"
#include "concur/multiprocessing.hpp"
#include "concur/pickle.hpp"
#include "concur/progress.hpp"
#include "concur/queue.hpp"
#include "concur/threading.hpp"
#include "concur/version.hpp"
