// What then() leaves with a future where its function is run elsewhere: a call that is sent when that is done.
#pragma once
#include "concur/futures/chained.hpp"
#include "concur/futures/future.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace concur {

//   waiting --source_done--> sending --> sent: waits for inner_ --inner_done--> done
//      \--recall--> recalled
//   Each of the two waits owns a share. The future is pending all the time, so that it can be cancelled as
//   long as nobody has begun; who cancels it has recalled it before.
//
//   step_, source_, inner_  guarded by lock_.
//   send_                   of who sends; of who cancels it before that.
//
// `send_(source)` submits the call, and gives its future; with wants_value an error or a cancellation of the
// source passes it by.
template <class T, class R, class Send>
class then_sent final : public future_state<R>, public job, private chained {
public:
    then_sent(future<T> source, Send send)
        : future_state<R>(2), job(&source_done), source_(std::move(source)), send_(std::move(send)) {}

    void begin() {
        const future<T> source = source_;
        if (!source.core().listen(*this)) run(*this);
    }

    future_core* part() override {
        const holding h(lock_);
        if (source_.valid()) return not_done(source_);
        return inner_.valid() ? not_done(inner_) : nullptr;
    }
    bool may_need_help() const noexcept override { return true; }
    std::string_view label() const noexcept override { return "a continuation"; }

private:
    enum class step : std::uint8_t { waiting, recalled, sending, sent };

    static void source_done(job& j) noexcept {
        then_sent& self = static_cast<then_sent&>(j);
        if (self.may_send()) self.send(self.taken(self.source_));
        self.release();
    }

    bool may_send() noexcept {
        const holding h(lock_);
        if (step_ != step::waiting) return false;
        step_ = step::sending;
        return true;
    }

    void send(future<T> source) noexcept {
        if (Send::wants_value && passes_by(source)) return;
        try {
            const future<R> inner = (*send_)(std::move(source));
            send_.reset();
            keep(inner);
            this->retain();
            if (!inner.core().listen(inner_end_)) inner_end_.run(inner_end_);
        } catch (...) {
            send_.reset();
            if (this->start()) this->fail(std::current_exception());
        }
    }

    bool passes_by(const future<T>& source) noexcept {
        const bool cancelled = source.core().now() == future_core::state::cancelled;
        if ((!cancelled && source.core().error() == nullptr) || !this->start()) return false;
        send_.reset();
        source.core().mark_read();
        if (cancelled) this->finish_cancelled();
        else this->fail(source.core().error());
        return true;
    }

    // Where inner_ was cancelled this is by one step, as by whoever may be cancelling it: so that it is told the truth.
    static void inner_done(job& j) noexcept {
        then_sent& self = static_cast<inner_end&>(j).self;
        future<R> inner = self.sent_call();
        if (inner.core().now() == future_core::state::cancelled) self.cancel();
        else if (self.start()) self.adopt(inner);
        self.taken(self.inner_);
        self.release();
    }

    void adopt(future<R>& inner) noexcept {
        inner.core().mark_read();
        if (inner.core().error() != nullptr) return this->fail(inner.core().error());
        try {
            store_result(this->value, [&]() -> R { return std::move(inner).result(); });
        } catch (...) {
            this->set_error(std::current_exception());
        }
        this->finish();
    }

    bool recall() noexcept override {
        future<R> inner;
        {
            const holding h(lock_);
            if (step_ == step::waiting) step_ = step::recalled;
            if (step_ == step::recalled) return true;
            inner = inner_;
        }
        return inner.valid() && inner.core().cancel();
    }
    bool runs_elsewhere() const noexcept override {
        const holding h(lock_);
        return step_ == step::sending || (inner_.valid() && inner_.core().runs());
    }
    void abandon() noexcept override {
        send_.reset();
        const future<T> source = taken(source_);
        if (source.valid() && source.core().unlisten(*this)) this->release();
    }

    future<R> sent_call() const noexcept {
        const holding h(lock_);
        return inner_;
    }
    void keep(const future<R>& inner) noexcept {
        const holding h(lock_);
        inner_ = inner;
        step_ = step::sent;
    }

    struct inner_end : job {
        explicit inner_end(then_sent& call) noexcept : job(&inner_done), self(call) {}
        then_sent& self;
    };

    step step_ = step::waiting;
    future<T> source_;
    future<R> inner_;
    inner_end inner_end_{*this};
    std::optional<Send> send_;
};

}  // namespace concur
