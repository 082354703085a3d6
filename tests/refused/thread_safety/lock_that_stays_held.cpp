// refused: mutex 'door' is still held at the end of function
#include <concur/threading/rlock.hpp>

concur::threading::rlock door;

void wrong() { door.acquire(); }
