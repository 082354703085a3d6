#include "concur/threading/thread.hpp"

#include "concur/threading/thread_record.hpp"
#include "concur/threading/thread_registry.hpp"

#include <stdexcept>
#include <utility>

namespace concur::threading {

thread::thread(const thread& other) noexcept : record_(other.record_), owns_(other.owns_) {
    if (record_ == nullptr) return;
    record_->add_share();
    if (owns_) record_->add_owner();
}

thread::~thread() {
    if (record_ == nullptr) return;
    if (owns_) record_->drop_owner();
    record_->drop_share();
}

thread_record* thread::record_of(thread_options options, std::unique_ptr<target> what) {
    return new thread_record(std::move(options), std::move(what));
}

thread_record& thread::record() const {
    if (record_ == nullptr) throw std::logic_error("thread: this handle is empty, it was moved from");
    return *record_;
}

void thread::start() { record().start(); }

void thread::join() { record().join(none, {}); }
bool thread::join(timeout t, const std::stop_token& stop) { return record().join(t, stop); }

void thread::detach() { record().detach(); }

bool thread::is_alive() const { return record().is_alive(); }

std::string thread::name() const { return record().name(); }
void thread::set_name(std::string name) { record().set_name(std::move(name)); }

bool thread::daemon() const { return record().daemon(); }
void thread::set_daemon(bool yes) { record().set_daemon(yes); }

std::thread::id thread::ident() const { return record().ident(); }
std::int64_t thread::native_id() const { return record().native_id(); }

bool thread::request_stop() { return record().stop().request_stop(); }
std::stop_token thread::get_stop_token() const { return record().stop().get_token(); }

thread current_thread() {
    thread_record& me = record_of_this_thread();
    me.add_share();
    return thread(me);
}

thread main_thread() {
    thread_record& main = record_of_main();
    main.add_share();
    return thread(main);
}

std::vector<thread> enumerate() {
    const std::vector<thread_record*> records = living_records();
    std::vector<thread> all;
    try {
        all.reserve(records.size());
    } catch (...) {
        for (thread_record* const r : records) r->drop_share();
        throw;
    }
    for (thread_record* const r : records) all.emplace_back(*r);
    return all;
}

std::size_t active_count() { return living_count(); }

std::thread::id get_ident() noexcept { return std::this_thread::get_id(); }

std::int64_t get_native_id() noexcept { return platform::native_thread_id(); }

}  // namespace concur::threading
