#include "concur/threading/timer.hpp"

#include "concur/threading/timer_record.hpp"

#include <stdexcept>
#include <utility>

namespace concur::threading {

timer::timer(const timer& other) noexcept : record_(other.record_) {
    if (record_ == nullptr) return;
    record_->add_share();
    record_->add_owner();
}

timer::~timer() {
    if (record_ == nullptr) return;
    record_->drop_owner();
    record_->drop_share();
}

timer_record* timer::record_of(timeout interval, std::unique_ptr<target> what) {
    return new timer_record(interval, std::move(what));
}

timer_record& timer::record() const {
    if (record_ == nullptr) throw std::logic_error("timer: this handle is empty, it was moved from");
    return *record_;
}

void timer::start() { record().start(); }

bool timer::cancel() { return record().cancel(); }

void timer::join() { record().join(none, {}); }
bool timer::join(timeout t, const std::stop_token& stop) { return record().join(t, stop); }

bool timer::is_alive() const { return record().is_alive(); }

void timer::detach() { record().detach(); }

bool timer::daemon() const { return record().daemon(); }
void timer::set_daemon(bool yes) { record().set_daemon(yes); }

} // namespace concur::threading
