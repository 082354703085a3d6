#include "concur/core/home.hpp"

#include "concur/core/atomic.hpp"

namespace concur {
namespace {

constinit atomic<std::uint64_t> homes_made{0};

}  // namespace

home::home() noexcept : id_(homes_made.fetch_add(1, std::memory_order_relaxed) + 1) {}

}  // namespace concur
