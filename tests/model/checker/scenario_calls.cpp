// What a scenario asks of the engine.
#include "engine.hpp"
#include "model/checker.hpp"

namespace concur::model {

void run(std::initializer_list<std::function<void()>> threads) {
    const visit v;
    engine& e = *the_engine;
    const place from = place_of(__builtin_return_address(0));
    std::array<std::size_t, max_threads> ids{};
    std::size_t count = 0;
    e.current().at = from;
    for (const auto& body : threads) {
        const auto call = [](void* fn) { (*static_cast<const std::function<void()>*>(fn))(); };
        ids[count++] = e.start(call, const_cast<std::function<void()>*>(&body));
    }
    for (std::size_t i = 0; i < count; ++i) e.join(ids[i], from);
}

void require(bool holds, const char* sentence) {
    if (holds) return;
    const visit v;
    the_engine->fail(std::string("required: ") + sentence + "; not so for thread " +
                     std::to_string(the_engine->current_id()) + " at " +
                     written(place_of(__builtin_return_address(0))));
}

void yield() {
    const visit v;
    the_engine->yield(place_of(__builtin_return_address(0)));
}

void gate::open() {
    const visit v;
    the_engine->step(place_of(__builtin_return_address(0)));
    the_engine->open(*this);
}

void gate::pass() {
    const visit v;
    the_engine->step(place_of(__builtin_return_address(0)));
    the_engine->pass(*this);
}

void pass_time(std::int64_t ns) {
    const visit v;
    the_engine->pass_time(ns);
}

void fail_next_thread_start() { ++the_engine->failing_starts; }

forever::forever() { ++the_engine->current().forever; }
forever::~forever() { --the_engine->current().forever; }

void reset_global(void* object, std::size_t size) { the_engine->globals.remember(object, size); }

}  // namespace concur::model
