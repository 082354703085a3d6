// A program that knows the library only by way of another one.
void middle();

int main() { middle(); }
