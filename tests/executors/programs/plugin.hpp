#pragma once
#include <concur/futures.hpp>

using plugin_function = int(concur::process_pool_executor&);
