// The unhandled exception hook: each report meets one hook, which lives as long as it is called.
#include "concur/core/atomic.hpp"
#include "concur/core/report_unhandled.hpp"
#include "concur/core/unhandled_exception.hpp"
#include "model/checker.hpp"

#include <array>
#include <memory>
#include <stdexcept>

namespace {

using concur::atomic;
using concur::report_unhandled;
using concur::set_unhandled_exception_hook;
using concur::unhandled_exception_hook;
using concur::model::require;
using concur::model::run;

unhandled_exception_hook counting(atomic<int>& counter) {
    auto alive = std::make_unique<int>(1);
    return [&counter, kept = std::shared_ptr<int>(std::move(alive))](std::exception_ptr, std::string_view) {
        counter.fetch_add(*kept);
    };
}

void replaced_while_called() {
    atomic<int> first{0};
    atomic<int> second{0};
    set_unhandled_exception_hook(counting(first));
    run({
        [] { report_unhandled(std::make_exception_ptr(std::runtime_error("x")), "a test"); },
        [&] { set_unhandled_exception_hook(counting(second)); },
    });
    require(first.load() + second.load() == 1, "it was reported once");
    set_unhandled_exception_hook(unhandled_exception_hook{});
}

void set_by_two() {
    atomic<int> counter{0};
    const auto replace = [&] { set_unhandled_exception_hook(counting(counter)); };
    run({replace, replace});
    report_unhandled(std::make_exception_ptr(std::runtime_error("x")), "a test");
    require(counter.load() == 1, "one of the two is there");
    set_unhandled_exception_hook(unhandled_exception_hook{});
}

constexpr std::array scenarios{
    concur::model::scenario{"replaced_while_called", replaced_while_called},
    concur::model::scenario{"set_by_two", set_by_two},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
