// Python's concurrent.futures.
#pragma once
#include "concur/core/error.hpp"
#include "concur/core/unhandled_exception.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/as_completed.hpp"
#include "concur/futures/executor.hpp"
#include "concur/futures/for_each.hpp"
#include "concur/futures/future.hpp"
#include "concur/futures/invoke.hpp"
#include "concur/futures/promise.hpp"
#include "concur/futures/wait.hpp"
#include "concur/futures/when.hpp"
