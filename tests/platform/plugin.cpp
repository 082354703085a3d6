// A library that tests load. Each is built with another number, so that no two are alike.
// A note that is aligned to eight bytes may be laid beside the build-id's, which is aligned to four.
asm(".pushsection .note.concur,\"a\",%note\n"
    ".p2align 3\n"
    ".long 5, 13, 77\n"
    ".asciz \"Note\"\n"
    ".p2align 3\n"
    ".fill 13, 1, 3\n"
    ".p2align 3\n"
    ".popsection\n");

extern "C" int plugin_number();
extern "C" int plugin_number() {
    static int calls = 0;
    ++calls;
    return PLUGIN_NUMBER + 0 * calls;
}

extern "C" void plugin_crash();
extern "C" void plugin_crash() {
    static int* volatile nowhere = reinterpret_cast<int*>(0x1000);
    *nowhere = PLUGIN_NUMBER;
}
