// What reaches the unhandled exception hook while a test looks.
#pragma once
#include "concur/core/unhandled_exception.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace support {

// The text of a std::exception, or "?" for anything else.
inline std::string what_of(const std::exception_ptr& error) {
    if (error == nullptr) return "nothing";
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "?";
    }
}

// Takes the place of the hook until the end of a scope.
class reports {
public:
    struct entry {
        std::exception_ptr error;
        std::string where;
        std::thread::id on;
    };

    reports() {
        before_ =
            concur::set_unhandled_exception_hook([kept = kept_](std::exception_ptr error, std::string_view where) {
                const std::lock_guard held(kept->mutex);
                kept->entries.push_back({std::move(error), std::string(where), std::this_thread::get_id()});
            });
    }
    ~reports() { concur::set_unhandled_exception_hook(std::move(before_)); }
    reports(const reports&) = delete;
    reports& operator=(const reports&) = delete;

    std::vector<entry> all() const {
        const std::lock_guard held(kept_->mutex);
        return kept_->entries;
    }
    std::size_t count() const { return all().size(); }
    // "where: what" of each.
    std::vector<std::string> lines() const {
        std::vector<std::string> texts;
        for (const auto& e : all()) texts.push_back(e.where + ": " + what_of(e.error));
        return texts;
    }

private:
    struct kept {
        std::mutex mutex;
        std::vector<entry> entries;
    };
    std::shared_ptr<kept> kept_ = std::make_shared<kept>();
    concur::unhandled_exception_hook before_;
};

}  // namespace support
