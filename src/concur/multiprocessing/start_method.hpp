// multiprocessing.get_context: how worker processes come to be.
#pragma once

namespace concur {
namespace multiprocessing {

enum class start_method {
    forkserver,  // by a server that is this program started anew, and has run none of main()
    spawn,       // each is this program started anew
    // By a copy of this program as it was when the pool was made: it has all of its memory, so that
    // functions may refer to that. Refused while other threads run, whose locks a copy would inherit held.
    fork,
};

}  // namespace multiprocessing

using multiprocessing::start_method;

}  // namespace concur
