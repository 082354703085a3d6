// A pool that is used where the system refuses things, and what became of its tasks.
#pragma once
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "support/reports.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace support::in_need {

struct outcome {
    std::size_t answered = 0;
    std::vector<std::string> refused = {}, failed = {};  // what each exception said

    std::size_t all() const { return answered + refused.size() + failed.size(); }
};

inline constexpr std::size_t tasks = 6;
inline constexpr std::size_t deaths = 1;  // of those that are lost where all is well

// Starts workers, sends and fetches small and large, and loses a worker. Throws what the constructor throws, and
// timeout_error where a future is not done after `hang`.
inline outcome use_a_pool(concur::process_pool_options options, std::chrono::seconds hang) {
    outcome o;
    concur::process_pool_executor pool{std::move(options)};
    std::vector<concur::future<std::string>> all;
    const auto submit = [&](auto... what) {
        try {
            all.push_back(pool.submit(what...));
        } catch (const std::exception& e) {
            o.refused.emplace_back(e.what());
        }
    };
    const auto grow = [](std::size_t n, const std::string& s) { return std::string(n, 'x') + s; };
    for (int i = 0; i < 3; ++i) submit(grow, std::size_t{10}, std::string("ab"));
    submit([]() -> std::string { ::_exit(3); });
    submit(grow, std::size_t{300'000}, std::string(100'000, 'y'));
    submit(grow, std::size_t{5}, std::string(3'000, 'y'));
    for (const auto& f : all) {
        const std::exception_ptr error = f.exception(hang);
        if (error == nullptr) ++o.answered;
        else o.failed.push_back(what_of(error));
    }
    return o;
}

}  // namespace support::in_need
