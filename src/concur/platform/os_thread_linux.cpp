#include "concur/platform/os_thread.hpp"

#include "concur/platform/affinity.hpp"
#include "concur/platform/injection.hpp"
#include "concur/platform/thread_end.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <pthread.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace concur::platform {

constinit thread_local void* lent_block = nullptr;

namespace {

struct errand {
    os_thread::function* fn;
    void* argument;
};

void* carry_out(void* given) {
    const auto to_do = *std::unique_ptr<errand>(static_cast<errand*>(given));
    to_do.fn(to_do.argument);
    return nullptr;
}

// What a thread is started with. Its stack is made of whole pages.
class start_attributes {
public:
    // Throws std::system_error (EINVAL): no thread can have so small a stack.
    explicit start_attributes(std::size_t stack_size) {
        if (stack_size == 0) return;
        const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        const std::size_t whole_pages =
            stack_size > SIZE_MAX - page ? stack_size : (stack_size + page - 1) / page * page;
        pthread_attr_init(&given_);
        used_ = true;
        const int rc = pthread_attr_setstacksize(&given_, whole_pages);
        if (rc == 0) return;
        pthread_attr_destroy(&given_);
        throw_refused(rc);
    }
    ~start_attributes() {
        if (used_) pthread_attr_destroy(&given_);
    }
    start_attributes(const start_attributes&) = delete;
    start_attributes& operator=(const start_attributes&) = delete;

    const pthread_attr_t* get() const noexcept { return used_ ? &given_ : nullptr; }

    [[noreturn]] static void throw_refused(int rc) {
        throw std::system_error(rc, std::generic_category(),
                                rc == EINVAL ? "cannot start a thread: the stack is too small for one"
                                             : "cannot start a thread: the limit of threads or of memory is reached");
    }

private:
    pthread_attr_t given_;
    bool used_ = false;
};

// The blocks that no thread has at the moment, and the key whose destructor brings them back.
struct block_link {
    block_link* next;
};
constexpr std::size_t whole = thread_block_size + 64;  // the link lives behind the block
constinit pthread_mutex_t spare_lock = PTHREAD_MUTEX_INITIALIZER;
constinit block_link* spare = nullptr;  // guarded by spare_lock

block_link* link_of(void* block) noexcept {
    return reinterpret_cast<block_link*>(static_cast<std::byte*>(block) + thread_block_size);
}
void* block_of(block_link* link) noexcept { return reinterpret_cast<std::byte*>(link) - thread_block_size; }

void give_back(void* block) {
    lent_block = nullptr;
    pthread_mutex_lock(&spare_lock);
    link_of(block)->next = std::exchange(spare, link_of(block));
    pthread_mutex_unlock(&spare_lock);
}

// A fork must not catch the list half-linked, nor leave its lock held in the child.
pthread_key_t make_key() noexcept {
    prepare_thread_ends();
    pthread_key_t key{};
    if (pthread_key_create(&key, &give_back) != 0) std::abort();
    pthread_atfork([] { pthread_mutex_lock(&spare_lock); }, [] { pthread_mutex_unlock(&spare_lock); },
                   [] { pthread_mutex_unlock(&spare_lock); });
    return key;
}

// Without a block no thread of the library can wait: the end of memory here is the end of the program.
void* new_block() noexcept {
    void* block = std::aligned_alloc(64, whole);
    if (block == nullptr) std::abort();
    std::memset(block, 0, whole);
    return block;
}

void* borrow() noexcept {
    static const pthread_key_t key = make_key();
    pthread_mutex_lock(&spare_lock);
    block_link* const link = spare;
    if (link != nullptr) spare = link->next;
    pthread_mutex_unlock(&spare_lock);
    lent_block = link != nullptr ? block_of(link) : new_block();
    pthread_setspecific(key, lent_block);
    return lent_block;
}

}  // namespace

os_thread::os_thread(os_thread&& other) noexcept
    : handle_(other.handle_), joinable_(std::exchange(other.joinable_, false)) {}

os_thread& os_thread::operator=(os_thread&& other) noexcept {
    if (this == &other) return *this;
    if (joinable_) detach();
    handle_ = other.handle_;
    joinable_ = std::exchange(other.joinable_, false);
    return *this;
}

os_thread::~os_thread() {
    if (joinable_) detach();
}

os_thread os_thread::start(function* fn, void* argument, std::size_t stack_size) {
    const start_attributes attributes(stack_size);
    auto to_do = std::make_unique<errand>(errand{fn, argument});
    pthread_t handle{};
    const unbound_meanwhile free;
    int rc = injected_error(system_call::thread);
    if (rc == 0) rc = pthread_create(&handle, attributes.get(), &carry_out, to_do.get());
    if (rc != 0) start_attributes::throw_refused(rc);
    to_do.release();
    os_thread started;
    started.handle_ = static_cast<std::uintptr_t>(handle);
    started.joinable_ = true;
    return started;
}

void os_thread::join() noexcept {
    pthread_join(static_cast<pthread_t>(handle_), nullptr);
    joinable_ = false;
}

void os_thread::detach() noexcept {
    pthread_detach(static_cast<pthread_t>(handle_));
    joinable_ = false;
}

void name_this_thread(const char* name) noexcept {
    constexpr std::size_t room = 15;
    const std::size_t length = std::strlen(name);
    if (length <= room) {
        pthread_setname_np(pthread_self(), name);
        return;
    }
    const char* const index = std::strrchr(name, '_');
    const std::size_t tail = index == nullptr ? 0 : std::strlen(index);
    char fitting[room + 1] = {};
    const std::size_t head = tail < room ? room - tail : 0;
    std::memcpy(fitting, name, head);
    if (tail < room && index != nullptr) std::memcpy(fitting + head, index, tail);
    else std::memcpy(fitting, name, room);
    pthread_setname_np(pthread_self(), fitting);
}

std::int64_t native_thread_id() noexcept { return ::gettid(); }

std::string thread_name_of(std::int64_t id) {
    std::ifstream file("/proc/self/task/" + std::to_string(id) + "/comm");
    std::string name;
    std::getline(file, name);
    return name;
}

std::size_t stack_left() noexcept {
    constinit thread_local std::uintptr_t lowest = 0;
    if (lowest == 0) {
        pthread_attr_t attributes;
        if (pthread_getattr_np(pthread_self(), &attributes) != 0) return SIZE_MAX;
        void* bottom = nullptr;
        std::size_t size = 0;
        pthread_attr_getstack(&attributes, &bottom, &size);
        pthread_attr_destroy(&attributes);
        lowest = reinterpret_cast<std::uintptr_t>(bottom);
    }
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    return here > lowest ? here - lowest : 0;
}

void* thread_block() noexcept { return lent_block != nullptr ? lent_block : borrow(); }

}  // namespace concur::platform
