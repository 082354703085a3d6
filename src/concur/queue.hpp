// Python's queue.
#pragma once
#include "concur/core/error.hpp"
#include "concur/core/timeout.hpp"
#include "concur/queue/lifo_queue.hpp"
#include "concur/queue/priority_queue.hpp"
#include "concur/queue/queue.hpp"
#include "concur/queue/simple_queue.hpp"
