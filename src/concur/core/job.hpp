// A job is anything that waits in a line and is then run once: a submitted call, a coroutine to
// resume, a done-callback, a sleeping thread to wake. It is the only thing that lines hold.
#pragma once
#include <cstddef>
#include <exception>

namespace concur {

//   A job stands in one line at most. Whoever takes it out either runs it or refuses it, once;
//   both may destroy it.
struct job {
    using runner = void(job&) noexcept;
    using refuser = void(job&, std::exception_ptr why) noexcept;

    explicit job(runner* r, refuser* s = &run_all_the_same) noexcept : run(r), refuse(s) {}
    job(const job&) = delete;
    job& operator=(const job&) = delete;

    bool stands_in_line() const noexcept { return prev != this; }

    runner* run;
    refuser* refuse;  // the place it was posted to will not run it; a null `why` means cancelled
    job* next = nullptr;
    job* prev = this;  // itself: it stands in no line

private:
    static void run_all_the_same(job& j, std::exception_ptr) noexcept { j.run(j); }
};

// First in, first out; any job can leave at once. Not synchronised: the owner locks.
class job_line {
public:
    job_line() = default;
    job_line(const job_line&) = delete;
    job_line(job_line&& other) noexcept : head_(other.head_), tail_(other.tail_) {
        other.head_ = other.tail_ = nullptr;
    }

    // This one must be empty.
    job_line& operator=(job_line&& other) noexcept {
        head_ = other.head_;
        tail_ = other.tail_;
        other.head_ = other.tail_ = nullptr;
        return *this;
    }

    bool empty() const noexcept { return head_ == nullptr; }
    job* front() const noexcept { return head_; }
    job* back() const noexcept { return tail_; }

    void push(job& j) noexcept {
        j.next = nullptr;
        j.prev = tail_;
        (tail_ != nullptr ? tail_->next : head_) = &j;
        tail_ = &j;
    }

    void push_front(job& j) noexcept {
        j.prev = nullptr;
        j.next = head_;
        (head_ != nullptr ? head_->prev : tail_) = &j;
        head_ = &j;
    }

    job* pop() noexcept {
        job* const j = head_;
        if (j != nullptr) remove(*j);
        return j;
    }

    // `j` must stand in this line.
    void remove(job& j) noexcept {
        (j.prev != nullptr ? j.prev->next : head_) = j.next;
        (j.next != nullptr ? j.next->prev : tail_) = j.prev;
        j.next = nullptr;
        j.prev = &j;
    }

private:
    job* head_ = nullptr;
    job* tail_ = nullptr;
};

}  // namespace concur
