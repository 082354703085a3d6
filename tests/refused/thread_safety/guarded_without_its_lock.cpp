// refused: writing variable 'balance' requires holding mutex 'door' exclusively
#include <concur/threading/lock.hpp>

concur::threading::lock door;
int balance __attribute__((guarded_by(door))) = 0;

void wrong() { ++balance; }
