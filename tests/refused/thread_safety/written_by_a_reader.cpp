// refused: writing variable 'balance' requires holding mutex 'door' exclusively
#include <concur/threading/shared_lock.hpp>

concur::threading::shared_lock door;
int balance __attribute__((guarded_by(door))) = 0;

void wrong() {
    door.acquire_shared();
    balance = 1;
    door.release_shared();
}
