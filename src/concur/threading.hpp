// Python's threading.
#pragma once
#include "concur/core/timeout.hpp"
#include "concur/threading/barrier.hpp"
#include "concur/threading/concurrent_tee.hpp"
#include "concur/threading/condition.hpp"
#include "concur/threading/deadlock_watch.hpp"
#include "concur/threading/event.hpp"
#include "concur/threading/lock.hpp"
#include "concur/threading/rlock.hpp"
#include "concur/threading/semaphore.hpp"
#include "concur/threading/serialize_iterator.hpp"
#include "concur/threading/shared_lock.hpp"
#include "concur/threading/synchronized.hpp"
