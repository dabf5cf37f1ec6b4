#include <filesystem>
#include <fstream>

#include "drivers/terminal/emulated/driver.hpp"
#include "drivers/terminal/emulated/file_flash.hpp"
#include "drivers/terminal/emulated/record.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal;
using namespace posbench::terminal::testing;
using posbench::tests::TemporaryFolder;

namespace {

std::string refused(std::string_view overrides) {
    try {
        settings(overrides);
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("working keys: the known sign-in gives the known TPK and TAK") {
    const Defects none;
    WorkingKeys keys(hex("CA5D92598DCA48CE8A4C76361A9269E9"), none);
    CHECK_FALSE(keys.ready());
    REQUIRE(keys.load("003", hex("6701EAD6A9AD51E51AA406E2C27FCFA98D0A74B8"
                                 "B651F9E9BACE9AE10000000000000000AB7153CA")));
    const crypto::DesCipher tpk(ByteView(hex("807A23AD32B36D457AE91FDF927570EA")));
    const crypto::DesCipher tak(ByteView(hex("5BB5C72CD00B7338")));
    const crypto::Block8 block{1, 2, 3, 4, 5, 6, 7, 8};
    CHECK(keys.encrypt_pin(block) == tpk.encrypt(block));
    CHECK(keys.mac(hex("0200")) == crypto::mac_unionpay(tak, hex("0200")));
    CHECK_FALSE(keys.load("001", Bytes(24)));
    CHECK_FALSE(keys.ready());
}

TEST_CASE("file flash: what was written is there for the next process, whole or not at all") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "flash";
    {
        FileFlash flash(file);
        CHECK(flash.keys("").empty());
        flash.write({{"a", Bytes{1, 2}}, {"b/1", Bytes{}}, {"b/2", Bytes(70'000, 0x5A)}});
        flash.write({{"a", std::nullopt}, {"c", Bytes{3}}});
    }
    FileFlash again(file);
    CHECK_FALSE(again.read("a"));
    CHECK(again.read("c") == Bytes{3});
    CHECK(again.read("b/2") == Bytes(70'000, 0x5A));
    CHECK(again.keys("b/") == std::vector<std::string>{"b/1", "b/2"});
    // A write that was cut off leaves its half beside the file, where nobody reads it.
    std::ofstream(folder.path() / "flash.new") << "half";
    CHECK(FileFlash(file).read("c") == Bytes{3});
}

TEST_CASE("file flash: a damaged file is refused, wherever it is damaged") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "flash";
    FileFlash(file).write({{"key", Bytes{1, 2, 3}}});
    std::ifstream in(file, std::ios::binary);
    const std::string image(std::istreambuf_iterator<char>(in), {});
    for (std::size_t at = 0; at < image.size(); ++at) {
        std::string damaged = image;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        std::ofstream(file, std::ios::binary) << damaged;
        CHECK_THROWS_AS(FileFlash(file), std::runtime_error);
        std::ofstream(file, std::ios::binary) << image.substr(0, at);
        CHECK_THROWS_AS(FileFlash(file), std::runtime_error);
    }
}

TEST_CASE("a terminal and merchant number must have their length and characters") {
    for (const char* tid : {"0000001", "000000001", "0000-001", "0000 001", ""})
        CHECK(refused("tid = '" + std::string(tid) + "'").find("must be 8 letters or digits") !=
              std::string::npos);
    CHECK(refused("mid = '10411004511001'").find("must be 15 letters or digits") != std::string::npos);
    CHECK(refused("").empty());
}

TEST_CASE("profiles: unknown keys and defects are refused with the nearest name") {
    CHECK(refused("reply_wiat = '1s'").find("reply_wait") != std::string::npos);
    CHECK(refused("defects = ['forgets-reversals']").find("did you mean 'forgets-reversal'") !=
          std::string::npos);
    CHECK_FALSE(refused("reply_wait = '0s'").empty());
    CHECK_FALSE(refused("tmk = '0011'").empty());
    CHECK_FALSE(refused("terminal_type = '11'").empty());
    CHECK(refused("terminal_type = '22'").empty());
    CHECK(refused("capabilities = 'E0FC00'").find("bits 04 of octet 2") != std::string::npos);
    CHECK(refused("capabilities = 'E068E8'").find("bits 20 of octet 3") != std::string::npos);
    CHECK(refused("capabilities = 'E16800'").find("bits 01 of octet 1") != std::string::npos);
    CHECK_FALSE(refused("timings = { kye = '1ms' }").empty());
    CHECK_FALSE(refused("application = [{ aid = 'A000' }]").empty());
}

TEST_CASE("a floor limit must fit the four octets of 9F1B, and an error names its place") {
    CHECK(refused("floor_limit = '42949672.95'").empty());
    CHECK(refused("floor_limit = '42949672.96'") ==
          "overrides:1:15: floor_limit: is larger than 42949672.95 CNY, the most that tag 9F1B holds");
    CHECK_FALSE(refused("floor_limit = '9999999999.99'").empty());
}

TEST_CASE("what an application of the profile says of risk and field is checked") {
    const auto application = [](const std::string& keys) {
        return refused("[[application]]\naid = 'A000000333010102'\n" + keys);
    };
    CHECK(application("floor_limit = '10.00'\nthreshold = '10.00'").empty());
    CHECK(application("floor_limit = '10.00'\nthreshold = '10.01'").find("above the floor limit") !=
          std::string::npos);
    CHECK_FALSE(application("target_percentage = 100").empty());
    CHECK_FALSE(application("target_percentage = 50\nmax_target_percentage = 49").empty());
    CHECK_FALSE(application("tac_online = '00'").empty());
    CHECK(application("default_tdol = '9F02'").find("no data object list") != std::string::npos);
    CHECK(application("contactless = { transaction_limit = '1.00' }").find("cvm_limit") != std::string::npos);
    CHECK(refused("exception_file = ['6210948000000011']").empty());
    CHECK(refused("exception_file = ['62109480000000I1']").find("card numbers") != std::string::npos);
    CHECK(refused("exception_file = ['62109480000000I1']").find("6210948") == std::string::npos);
}

TEST_CASE("every defect has its own name and can be switched on") {
    for (const DefectSpec& spec : defect_table()) {
        const auto profile = settings("defects = ['" + std::string(spec.name) + "']");
        for (const DefectSpec& other : defect_table())
            CHECK(profile->defects.has(other.defect) == (other.defect == spec.defect));
    }
}

TEST_CASE("the driver names the verbs it cannot do") {
    const std::vector<std::string> verbs{"terminal.sale", "terminal.refund", "network.cut"};
    const auto lacking = lacks(config::Value(), verbs);
    REQUIRE(lacking.size() == 1);
    CHECK(lacking.front().find("terminal.refund") != std::string::npos);
}

TEST_CASE("records of the flash read back as written and refuse what they are not") {
    Record record;
    record.put("text", "a=b");
    record.put("number", -12);
    const auto again = Record::parse(record.octets());
    REQUIRE(again);
    CHECK(again->get("text") == "a=b");
    CHECK(again->integer("number") == -12);
    CHECK_FALSE(again->integer("text"));
    CHECK_FALSE(Record::parse(as_bytes("no name")));
}
