#include <algorithm>
#include <array>
#include <utility>

#include "drivers/protocols/iso8583/codes.hpp"
#include "tests/support/catch.hpp"

using namespace posbench::iso8583;

namespace {

// Field 39 and the display's text, as the specification of UnionPay POS terminals lists them.
constexpr std::pair<std::string_view, std::string_view> specified[]{
    {"00", "交易成功"},
    {"01", "请持卡人与发卡银行联系"},
    {"03", "无效商户"},
    {"04", "此卡被没收"},
    {"05", "持卡人认证失败"},
    {"09", "交易处理中"},
    {"10", "交易成功 但为部分承兑"},
    {"11", "成功，VIP客户"},
    {"12", "无效交易"},
    {"13", "无效金额"},
    {"14", "无效卡号"},
    {"15", "此卡无对应发卡方"},
    {"17", "客户取消交易"},
    {"21", "该卡未初始化或睡眠卡"},
    {"22", "操作有误,或超出交易允许天数"},
    {"25", "没有原始交易,请联系发卡方"},
    {"30", "请重试"},
    {"34", "作弊卡,吞卡"},
    {"38", "密码错误次数超限,请与发卡方联系"},
    {"40", "发卡方不支持的交易类型"},
    {"41", "挂失卡,请没收(POS)"},
    {"43", "被窃卡，请没收"},
    {"45", "不允许降级,请使用芯片卡"},
    {"51", "可用余额不足"},
    {"54", "该卡已过期"},
    {"55", "密码错"},
    {"57", "不允许此卡交易"},
    {"58", "发卡方不允许该卡在本终端进行此交易"},
    {"59", "卡片校验错"},
    {"61", "交易金额超限"},
    {"62", "受限制的卡"},
    {"64", "交易金额与原交易不匹配"},
    {"65", "超出消费次数限制"},
    {"68", "交易超时，请重试"},
    {"75", "密码错误次数超限"},
    {"77", "批次号不一致,请重新签到"},
    {"90", "系统日切,请稍后重试"},
    {"91", "发卡方状态不正常,请稍后重试"},
    {"92", "发卡方线路异常,请稍后重试"},
    {"94", "拒绝,重复交易,请稍后重试"},
    {"95", "对帐不平"},
    {"96", "拒绝,交换中心异常,请稍后重试"},
    {"97", "终端未登记"},
    {"98", "发卡方超时"},
    {"99", "PIN格式错,请重新签到"},
    {"A0", "MAC校验错,请重新签到"},
};

bool is_one_of(std::string_view code, std::initializer_list<std::string_view> codes) {
    return std::ranges::find(codes, code) != codes.end();
}

}  // namespace

TEST_CASE("response codes: each that is specified, with its text, and no other") {
    REQUIRE(response_codes().size() == std::size(specified));
    for (std::size_t i = 0; i < std::size(specified); ++i) {
        CHECK(response_codes()[i].code == specified[i].first);
        CHECK(response_codes()[i].text == specified[i].second);
        CHECK_FALSE(response_codes()[i].meaning.empty());
        CHECK(&find_response_code(specified[i].first) == &response_codes()[i]);
    }
}

TEST_CASE("response codes: what each makes the terminal do") {
    for (const ResponseCode& code : response_codes()) {
        INFO(code.code);
        CHECK((code.action == CodeAction::approved) == is_one_of(code.code, {"00", "11"}));
        CHECK((code.action == CodeAction::partly_approved) == is_one_of(code.code, {"10"}));
        CHECK(approves(code.code) == is_one_of(code.code, {"00", "10", "11"}));
        CHECK((code.action == CodeAction::capture) == is_one_of(code.code, {"04", "34", "38", "41", "43"}));
    }
}

TEST_CASE("response codes: an unknown one is a failure") {
    for (const auto code : {"", "0", "02", "000", "Z9", "ZZ"}) {
        CHECK(find_response_code(code).meaning == "unknown code");
        CHECK(find_response_code(code).text == "交易失败");
        CHECK(find_response_code(code).action == CodeAction::declined);
        CHECK_FALSE(approves(code));
    }
}
