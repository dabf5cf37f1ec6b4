#include "drivers/protocols/iso8583/codes.hpp"

#include <algorithm>
#include <array>

namespace posbench::iso8583 {
namespace {

using enum CodeAction;

constexpr std::array table{
    ResponseCode{"00", "approved", "交易成功", approved},
    ResponseCode{"01", "refer to issuer", "请持卡人与发卡银行联系", declined},
    ResponseCode{"03", "invalid merchant", "无效商户", declined},
    ResponseCode{"04", "capture card", "此卡被没收", capture},
    ResponseCode{"05", "authentication failed, do not honour", "持卡人认证失败", declined},
    ResponseCode{request_in_progress, "request in progress", "交易处理中", declined},
    ResponseCode{"10", "partial approval", "交易成功 但为部分承兑", partly_approved},
    ResponseCode{"11", "approved, VIP", "成功，VIP客户", approved},
    ResponseCode{"12", "invalid transaction", "无效交易", declined},
    ResponseCode{"13", "invalid amount", "无效金额", declined},
    ResponseCode{"14", "invalid card number", "无效卡号", declined},
    ResponseCode{"15", "no such issuer", "此卡无对应发卡方", declined},
    ResponseCode{"17", "customer cancellation", "客户取消交易", declined},
    ResponseCode{"21", "card not initialised", "该卡未初始化或睡眠卡", declined},
    ResponseCode{"22", "suspected mis-operation", "操作有误,或超出交易允许天数", declined},
    ResponseCode{"25", "original not found", "没有原始交易,请联系发卡方", declined},
    ResponseCode{"30", "format error", "请重试", declined},
    ResponseCode{"34", "suspected fraud, capture", "作弊卡,吞卡", capture},
    ResponseCode{"38", "PIN tries exceeded, capture", "密码错误次数超限,请与发卡方联系", capture},
    ResponseCode{"40", "function not supported", "发卡方不支持的交易类型", declined},
    ResponseCode{"41", "lost card", "挂失卡,请没收(POS)", capture},
    ResponseCode{"43", "stolen card", "被窃卡，请没收", capture},
    ResponseCode{"45", "fallback refused", "不允许降级,请使用芯片卡", declined},
    ResponseCode{"51", "insufficient funds", "可用余额不足", declined},
    ResponseCode{"54", "expired card", "该卡已过期", declined},
    ResponseCode{"55", "wrong PIN", "密码错", declined},
    ResponseCode{"57", "not permitted to cardholder", "不允许此卡交易", declined},
    ResponseCode{"58", "not permitted at terminal", "发卡方不允许该卡在本终端进行此交易", declined},
    ResponseCode{"59", "card verification failed", "卡片校验错", declined},
    ResponseCode{"61", "amount limit exceeded", "交易金额超限", declined},
    ResponseCode{"62", "restricted card", "受限制的卡", declined},
    ResponseCode{"64", "amount differs from original", "交易金额与原交易不匹配", declined},
    ResponseCode{"65", "count limit exceeded", "超出消费次数限制", declined},
    ResponseCode{"68", "issuer response time-out", "交易超时，请重试", declined},
    ResponseCode{"75", "PIN tries exceeded", "密码错误次数超限", declined},
    ResponseCode{"77", "batch number differs", "批次号不一致,请重新签到", declined},
    ResponseCode{"90", "system cut-over", "系统日切,请稍后重试", declined},
    ResponseCode{"91", "issuer unavailable", "发卡方状态不正常,请稍后重试", declined},
    ResponseCode{"92", "issuer line fault", "发卡方线路异常,请稍后重试", declined},
    ResponseCode{"94", "duplicate", "拒绝,重复交易,请稍后重试", declined},
    ResponseCode{"95", "reconcile error", "对帐不平", declined},
    ResponseCode{"96", "switch malfunction", "拒绝,交换中心异常,请稍后重试", declined},
    ResponseCode{"97", "terminal not registered", "终端未登记", declined},
    ResponseCode{"98", "issuer time-out at switch", "发卡方超时", declined},
    ResponseCode{"99", "PIN format error", "PIN格式错,请重新签到", declined},
    ResponseCode{"A0", "MAC error", "MAC校验错,请重新签到", declined},
};
static_assert(std::ranges::is_sorted(table, {}, &ResponseCode::code), "found by bisection");

constexpr ResponseCode unknown{"", "unknown code", "交易失败", declined};

}  // namespace

std::span<const ResponseCode> response_codes() noexcept {
    return table;
}

const ResponseCode& find_response_code(std::string_view code) noexcept {
    const auto found = std::ranges::lower_bound(table, code, {}, &ResponseCode::code);
    return found != table.end() && found->code == code ? *found : unknown;
}

bool approves(std::string_view code) noexcept {
    const CodeAction action = find_response_code(code).action;
    return action == approved || action == partly_approved;
}

bool is_passing(std::string_view code) noexcept {
    constexpr std::array<std::string_view, 6> of_the_moment{"68", "90", "91", "92", "96", "98"};
    return std::ranges::find(of_the_moment, code) != of_the_moment.end();
}

}  // namespace posbench::iso8583
