# 收銀員能看到的每一句話，繁體中文（台灣用語）。與 en.ftl 的鍵相同，有測試比對。

window-title = 核銷 hexiao
window-title-practice = 核銷 hexiao – 練習

# 按鈕與輸入框
code-label = 券碼
code-hint = 掃碼、輸入或貼上券碼
look-up = 查詢
consume = 核銷
consume-twice = 核銷（按兩次）
consume-again = 再按一次核銷
consuming = 正在核銷…
clear = 清除
ask-again = 重新查詢
language-other = English
camera-label = 攝影機
camera-none = 沒有攝影機
camera-off = 關閉攝影機
camera-starting = 正在開啟攝影機…
camera-refresh = 尋找攝影機
drop-here = 把券碼圖片拖到這裡
keys-hint = { $consume } 核銷 · { $clear } 清除 · { $again } 重新查詢 · { $field } 輸入券碼

# 收銀台
till-line = { $till }
till-line-cashier = { $till } · { $cashier }
opening = 正在開啟收銀台…
open-failed = 收銀台打不開
waiting-next = 下一張：{ $code }（清除這一張後查詢）

# 練習
practice-banner = 練習模式：這裡的一切都不是真的。請掃描、輸入或點選一張範例券。
practice-samples = 範例券
practice-qr = 顯示 { $code } 的 QR Code
practice-qr-title = 請對準攝影機，或用掃描器掃描
close = 關閉
welcome-title = 歡迎
welcome-text = 現在是練習：本程式內建一個平台，券的每一種狀態都能試到。馬上試試，或連結您的商家帳號。
welcome-practise = 先練習
welcome-connect = 連結帳號
welcome-take-over = 從另一台接收

# 連結帳號
connect-title = 連結您的帳號
connect-how = 本收銀台如何取得存取權杖？
connect-appid-way = AppID 和 AppSecret
connect-service-way = 本商家的權杖服務
connect-appid = AppID
connect-secret = AppSecret
connect-service-url = 權杖服務網址
connect-bearer = 權杖服務的金鑰（如需要）
connect-base-url = 平台網址
connect-till = 收銀台名稱
connect-cashier = 收銀員
connect-test = 測試並儲存
connect-testing = 正在測試…
connect-cancel = 取消
connect-kept-store = 已儲存。金鑰存放在系統的金鑰庫中。
connect-kept-file = 已儲存。本系統沒有金鑰庫，金鑰存放在只有您能讀取的檔案中。
connect-failed = 沒有儲存：{ $why }
connect-missing = 請填寫{ $field }。
connect-busy = 正在核銷，請等它完成。

# 各階段
idle-title = 就緒
idle-text = 請掃描顧客的券碼
looking-up = 正在查詢平台…
usable = 可用
refused = 不可用
in-doubt = 請稍候
in-doubt-text = 這張券上一次核銷的結果還在確認中。請勿重複操作，結果會自動出現。
accepted = 已核銷
accepted-text = 完成，請給顧客優惠。
rejected = 未核銷
rejected-settled = 平台沒有核銷這張券，券保持原樣。請重新查詢。
rejected-already = 這次沒有核銷：這張券之前已經核銷過，見帳本第 { $number } 號。
rejected-not-sent = 沒有向平台送出任何請求，券保持原樣。{ $why }
rejected-out-of-date = 這台電腦寫入帳本太慢，或中途休眠，平台的答覆已經過時。請重新查詢；如仍不行，請告訴電腦的管理人員。
rejected-look-again = 請重新查詢。
unknown = 結果未知
unknown-text = 沒有收到平台的答覆。程式會一直詢問，直到有結果。請先接待下一位顧客，不要用其他方式核銷這張券。
not-on-disk = 這個結果暫時無法寫入帳本。請先手動記下，清理磁碟空間，不要關閉程式：它會繼續嘗試。
not-recorded = 沒有送出
not-recorded-text = 帳本無法寫入，因此沒有向平台送出任何請求，券保持原樣。請檢查磁碟是否已滿，然後重新查詢。
not-recorded-in-doubt = 這張券上一次核銷的結果還沒有確認，因此沒有向平台送出任何請求。只要發起核銷的程式還在執行，結果會自動出現；如果一直這樣，請關閉本機上所有的 hexiao，再重新啟動。
not-recorded-just-accepted = 這張券剛剛已在本機核銷，沒有再向平台送出任何請求。請重新查詢。
not-recorded-damaged = 帳本已損壞，因此沒有向平台送出任何請求，券保持原樣。請把帳本移到一邊，啟用新帳本，並把舊帳本交給管備份的人。
not-recorded-displaced = 程式執行期間，帳本檔案被移走、刪除或替換，因此沒有向平台送出任何請求，券保持原樣。請把檔案放回原處，或關閉程式後重新啟動。
not-a-coupon = 不是券碼
lookup-failed = 查詢失敗

# 不可用的原因
reason-consumed = 這張券已經核銷過了。
reason-expired = 已過有效期。
reason-not_yet_valid = 還沒到使用時間。
reason-gifting = 顧客正在轉贈給朋友。朋友領取或退回之後才能使用。
reason-gift_timeout = 轉贈超時無人領取。顧客可在微信裡取回。
reason-deleted = 顧客已刪除這張券。
reason-unavailable = 商家已將這張券作廢。
reason-wrong_kind = 這是會員卡，只需出示，不能核銷。
reason-cannot_consume = 平台表示現在不能核銷，但沒有說明原因。
reason-unknown_status = 平台傳回了本程式不認識的狀態：「{ $status }」。請詢問店主。
short-usable = 可以使用
short-not-yet-valid = 未到可用時間
short-cannot-consume = 平台不允許

# 掃到的不是券
refusal-empty = 沒有掃到內容。
refusal-payment = 這是付款碼。請讓顧客出示券碼：我 › 卡包。
refusal-link = 這是一個連結，裡面沒有券。請讓顧客出示券碼。
refusal-set-up = 這是另一台收銀台的設定碼，不是券。要用它設定本機，請開啟「設定 › 其他收銀台」。
refusal-too-long = 內容比券碼長。請重新掃描，或請顧客出示券碼。
refusal-illegal-characters = 含有券碼裡不會出現的字元。請重新掃描。

# 故障：發生了什麼，該怎麼做
trouble-unreachable = 連不上平台。請檢查網路線或 Wi-Fi，然後重新查詢。
trouble-untrusted = 回應的不是平台，因此沒有送出任何內容。如果這台電腦上網需要登入，請先登入；並檢查電腦的日期和時間是否正確，然後重試。
trouble-no-answer = 平台沒有及時答覆。請重新查詢。
trouble-nonsense = 答覆無法辨識。如果這台電腦上網需要登入，請先登入，然後重新查詢。
trouble-account = 本收銀台無法存取平台。請告訴店主：帳號設定需要檢查。
class-token = 平台拒絕了本收銀台的存取。請重新查詢；如仍不行，請告訴店主。
class-wait = 平台繁忙。請等一分鐘再查詢。
class-unknown = 平台繁忙，沒有明確答覆。請重新查詢。
class-already-consumed = 這張券已經核銷過了。
class-cannot-be-used = 這張券不能使用。
class-wrong-code = 平台不認識這個券碼。請核對，或請顧客重新打開券：轉贈會改變券碼。
class-configuration = 帳號設定需要檢查。請告訴店主（錯誤 { $errcode }）。
class-off-path = 平台的答覆出乎意料。請告訴店主（錯誤 { $errcode }）。
errcode-line = 平台答覆：{ $errcode } { $message }
platform--1 = 平台繁忙。請稍等片刻，然後重新查詢。
platform-40001 = 平台拒絕了本收銀台的存取：金鑰不對，或有其他程式在更新權杖。請告訴店主。
platform-40013 = AppID 不對。請告訴店主。
platform-40056 = 平台不認識這個券碼：輸錯、已轉贈，或屬於其他商家。請顧客重新打開券。
platform-40071 = 這種卡不能核銷。
platform-40073 = 這個券碼所屬的卡券不存在。請告訴店主。
platform-40075 = 連結裡的券碼無法解碼：已損壞，或屬於其他商家。請顧客出示券碼。
platform-40099 = 這張券已經核銷過了。
platform-40116 = 平台不認識這個券碼。請重新掃描。
platform-40125 = AppSecret 不對。請告訴店主。
platform-40127 = 顧客已刪除或正在轉贈這張券，或者券已過期、已作廢。
platform-40147 = 現在這個時段不能使用。請看使用須知。
platform-40164 = 本收銀台的網路位址不在帳號的白名單裡。請告訴店主（錯誤 40164）。
platform-40243 = AppSecret 已被凍結。請告訴店主。
platform-43018 = 朋友的券要先鎖定才能核銷，本程式做不到。
platform-45009 = 帳號今天的呼叫次數已用完。請告訴店主；明天之前無法查詢。
platform-45011 = 一分鐘內查詢太多。請等一分鐘再查詢。
platform-50004 = 商家帳號受到限制。請告訴店主。
platform-61004 = 本收銀台的網路位址沒有登記。請告訴店主（錯誤 61004）。
platform-72020 = 已達到使用次數上限。
platform-89503 = 需要帳號管理員確認本收銀台的存取。請告訴店主。

# 結果之下最大的字
large-from = { $date } 起可用
large-until = 有效期至 { $date }
large-consumed = { $date } 已核銷
written-off-at = { $till } · 第 { $number } 號
written-off-by = { $till } · { $cashier } · 第 { $number } 號
details = 詳情
details-close = 結果

# 券的詳情
detail-title = 名稱
detail-number = 編號
detail-time = 時間
detail-brand = 商家
logo-of = { $brand } 的標誌
detail-code = 券碼
detail-validity = 有效期
detail-status = 狀態
detail-card = 卡券
detail-owner = 持有人
detail-worth = 優惠內容
detail-notice = 提示
detail-conditions = 使用須知
detail-with-others = 同享
detail-accepts = 適用
detail-rejects = 不適用
detail-hours = 時段
detail-shops = 門店
terms-with-others = 可與其他優惠同享
terms-alone = 不與其他優惠同享
terms-shops = 僅限商家的 { $count } 家門店，請確認本店在內
day-MONDAY = 週一
day-TUESDAY = 週二
day-WEDNESDAY = 週三
day-THURSDAY = 週四
day-FRIDAY = 週五
day-SATURDAY = 週六
day-SUNDAY = 週日
day-HOLIDAY = 假日
value-cash-least = 減 { $reduce } · 滿 { $least } 可用
value-cash = 減 { $reduce }
value-discount = { $fold } 折
validity-between = { $begin } 至 { $end }（北京時間）
validity-from = { $begin } 起（北京時間）
validity-until = { $end } 止（北京時間）
validity-always = 永久有效
phase-before = { $time }後開始
phase-inside = 還剩 { $time }
phase-after = 已過 { $time }
format-date-time = %Y年%-m月%-d日 %H:%M
format-in-list = %Y/%m/%d %H:%M
format-moment = %Y年%-m月%-d日 %H:%M:%S
time-days = { $count } 天
time-hours = { $count } 小時
time-minutes = { $count } 分鐘
status-NORMAL = 正常
status-CONSUMED = 已核銷
status-EXPIRE = 已過期
status-GIFTING = 轉贈中
status-GIFT_TIMEOUT = 轉贈超時
status-DELETE = 已刪除
status-UNAVAILABLE = 已失效
status-other = 「{ $word }」（未知）
kind-GROUPON = 團購券
kind-CASH = 代金券
kind-DISCOUNT = 折扣券
kind-GIFT = 兌換券
kind-GENERAL_COUPON = 優惠券
kind-MEMBER_CARD = 會員卡
kind-other = { $word }

# 最近的核銷
latest-title = 最近的核銷
latest-none = 還沒有。
latest-unsettled = 有 { $count } 筆核銷的結果還在確認
latest-unread = 核銷帳本讀不出來，因此無法核銷。請讓程式開著，它會不斷重試。如果一直這樣，請檢查磁碟。
latest-unwritten = 有 { $count } 個結果暫時無法寫入磁碟
latest-word-open = 進行中
latest-word-unknown = 結果未知
latest-word-accepted = 已核銷
latest-word-rejected = 未核銷

# 攝影機
camera-error-none = 沒有找到攝影機。請用掃描器，或輸入券碼。
camera-error-not-found = 攝影機「{ $name }」不在。請插上，或另選一個。
camera-error-busy = 另一個程式正在使用攝影機。請關閉那個程式，本程式會自動重試。
camera-error-denied = 系統不允許本程式使用攝影機。請在系統的隱私設定裡允許。
camera-error-gone = 攝影機被拔掉了。請重新插上，會自動辨識。
camera-error-frozen = 攝影機沒有畫面。請拔下再插上。
camera-error-hung = 攝影機的驅動程式沒有回應。請把攝影機拔下再插上。
camera-error-stuck = 攝影機一直是同一幅畫面，正在自動重新啟動。如果一直這樣，請拔下再插上。
camera-error-unreachable = { $name } 沒有攝影機回應。請開啟手機上的攝影機 App，並確認手機和收銀機在同一網路。
camera-error-no-stream = { $name } 上回應的不是攝影機。請使用手機 App 顯示的影像網址，並關閉其密碼。
camera-error-unsupported = 無法讀取這個攝影機的畫面。請另選一個。
camera-error-pictures = 無法讀取這些圖片。
camera-error-other = 攝影機不能用。請拔下再插上，或改用掃描器。
picture-nothing = 圖片裡沒有找到碼。請把手機放正、靠近，或輸入券碼。
picture-unreadable = 打不開這張圖片。支援 PNG、JPEG、WebP 和 BMP。

# 對準提示，顯示在畫面上，越短越好
camera-mirror = 鏡像
found-payment = 付款碼
found-set-up = 設定碼
found-other = 不是券
hint-covered = 畫面全黑，鏡頭被擋住了嗎？
hint-dark = 太暗，請調亮手機螢幕
hint-bright = 太亮或反光，請把手機斜一點
hint-cut-off = 碼不完整，請移到畫面中間
hint-far = 太遠，請靠近一點
hint-moving = 請拿穩別動
hint-blurred = 沒有對焦，請拿遠一點
hint-faint = 顏色太淡，請調亮手機螢幕

# 序列埠掃描器
serial-error-missing = 序列埠 { $port } 上沒有掃描器。請插上，程式會自動找到。
serial-error-denied = 系統不允許本程式使用掃描器的序列埠 { $port }，請電腦管理員放行。
serial-error-busy = 另一個程式正在使用掃描器的序列埠 { $port }。請關閉它，本程式會自動重試。
serial-error-other = 掃描器的序列埠 { $port } 不能用。請把掃描器拔下再插上。

# 帳本
ledger-damaged = 核銷帳本已損壞，因此無法核銷。原檔案沒有改動。請把它移到一邊，啟用新帳本，並把舊檔案交給管備份的人。
ledger-unusable = 核銷帳本打不開，因此無法核銷。請檢查磁碟和資料夾，然後重新啟動程式。
ledger-newer = 帳本由更新版本的程式寫成。請啟動那個版本。
ledger-set-aside = 移到一邊，啟用新帳本
ledger-not-set-aside = 核銷帳本沒能移開，未做任何變更。請關閉這台電腦上其他的 hexiao，然後再試。（{ $why }）
ledger-was-set-aside = 舊帳本現在是 { $file }。
open-failed-settings = 設定檔案讀不出來，請管設定的人改正；檔案內容沒有改動。
open-failed-till = 按現有設定無法使用帳號或金鑰。請重新連結帳號，或聯絡管設定的人。
open-again = 重試
connect-not-reached = 連不上平台。請檢查網址和網路，然後重新測試。
fonts-missing = No font with Chinese characters was found. Install one, for instance fonts-noto-cjk.
closing-waits = 這一筆核銷完成後關閉…

# 頁面
page-counter = 收銀
page-history = 記錄
page-settings = 設定

# 設定
language-english = English
language-simplified-chinese = 简体中文
language-traditional-chinese = 繁體中文
settings-language = 語言
settings-theme = 顏色
settings-theme-system = 跟隨系統
settings-theme-light = 淺色
settings-theme-dark = 深色
settings-theme-contrast = 高對比度
settings-text-size = 文字大小
settings-not-saved = 沒有儲存：{ $why }
settings-till = 收銀台
settings-account = 帳號
settings-scanning = 掃碼
settings-look = 語言和外觀
settings-privacy = 隱私
settings-computer = 本機
settings-yes = 是
settings-no = 否
settings-needed = 不能為空。
settings-too-long = 太長了，請縮短。
settings-wrong-characters = 含有看不見的字元，請重新輸入。
settings-cards = 自訂券碼的卡券
settings-cards-how = 每行一個卡券 ID。單憑掃到的券碼看不出屬於哪張卡券，會按這裡的順序逐個嘗試。
settings-wrong-card = 卡券 ID 由不超過 32 個英文字母、數字和符號組成，請改正或刪去不對的一個。
settings-too-many-cards = 卡券太多，請只保留在用的。
settings-camera-how = 放到攝影機前的碼會在這裡框出，並在收銀頁查詢。
settings-autofocus = 自動對焦
settings-exposure = 曝光時間
settings-torch = 補光燈
settings-camera-decides = 由攝影機決定
settings-camera-cannot = 這個攝影機沒有這項功能，或不接受這個設定；其餘照常使用。
settings-camera-address = 把手機當攝影機：網址
settings-wrong-address = 請寫手機 App 顯示的影像網址：http://…
settings-prefix = 掃描器在券碼前加的字元
settings-suffix = 掃描器在券碼後加的字元
settings-try-scanner = 試一試：點選這裡再掃碼
settings-tried-code = 讀到 { $code }
settings-port = 掃描器的序列埠
settings-port-how = 像鍵盤一樣輸入的掃描器不用填。
settings-port-opening = 正在開啟序列埠…
settings-port-open = 序列埠已開啟。掃一下試試，會出現在收銀頁。
settings-baud = 序列埠速率（鮑率）
settings-wrong-baud = 請寫 300 到 921600 的整數，一般是 9600。
settings-no-account = 現在是練習。連結帳號之前，這裡的一切都不是真的。
settings-connect = 連結帳號…
settings-test-account = 測試
settings-change-account = 重新連結…
settings-account-works = 帳號可以使用。
settings-data-folder = 資料：帳本、記錄檔、金鑰
settings-file = 設定檔案
settings-open-folder = 開啟資料夾
settings-folder-not-opened = 資料夾打不開：{ $why }
settings-mask-codes = 券碼只顯示末尾幾位
settings-mask-owners = 持有人只顯示末尾幾位
settings-mask-how = 防止路人看到螢幕上的內容。帳本和匯出檔案裡仍是完整的。

# 按鍵卡
keys = 按鍵
key-card-title = 按鍵說明
key-card-scan = 查詢輸入的券碼；掃描器會自動傳送
key-card-consume = 核銷這張券
key-card-clear = 清除；在其他頁面則回到收銀台
key-card-ask-again = 重新查詢這張券
key-card-details = 使用須知與全部詳情，再按返回
key-card-keys = 這張卡片
key-card-code = 回到收銀台，輸入券碼
key-card-history = 記錄
key-card-settings = 設定
key-card-full-screen = 全螢幕，再按返回

# 按鍵各做什麼
settings-keys = 按鍵
settings-keys-how = 先點「變更」，再按一個功能鍵（F1 至 F24）。按 Esc 則維持原樣；清除也可以用 Esc。
settings-keys-change = 變更
settings-keys-waits = 請按鍵…
settings-keys-of = { $button }：{ $what }
settings-keys-unfit = 只能選擇功能鍵 F1 至 F24，其他鍵要用來輸入券碼。請按其他鍵。
settings-keys-taken = { $key } 已用於「{ $other }」。請按其他鍵，或先變更那一項的鍵。
settings-keys-usual = 全部還原為預設

# 收銀台的設定
settings-counter = 核銷與聲音
settings-press-twice = 核銷需按兩次
settings-press-twice-none = 都不需要
settings-press-twice-every = 每張券
settings-press-twice-from = { $worth } 起
settings-press-twice-how = 代金券寫明面額。查不到卡券資訊的券也需按兩次；折扣券、兌換券等只在「每張券」時才需要。
settings-volume = 聲音
settings-volume-off = 關閉
settings-try-sounds = 試聽
settings-sound-attention = 需要留意
settings-flash = 整個視窗以結果的顏色閃一次

# 記錄
page-history-write-offs = 核銷記錄
page-history-shift = 班次
history-search = 券碼、卡券、收銀員，或日期：2026-11-24
history-found = 共 { $count } 筆
history-searching = 已找到 { $count } 筆…
history-looking = 正在查詢…
history-nothing = 沒有符合條件的核銷記錄。
history-days-all = 全部日期
history-days-today = 今天
history-days-yesterday = 昨天
history-days-week = 近 7 天
history-outcome-any = 全部結果
history-show-all = 全部顯示
history-what-to-do = 請保持程式開啟：它會一直向平台查詢，直到有結果。在此之前請勿用其他方式核銷該券。
history-trouble = 核銷記錄讀寫失敗，收銀台不受影響。（{ $why }）
history-title = 卡券
history-worth = 面值
history-till = 收銀台
history-cashier = 收銀員
history-shift = 班次
history-course = 經過
history-not-written = 時間未記錄
history-step-pressed = 按下核銷，傳送前已記錄
history-step-sent = 已傳送到平台
history-step-unknown = 沒有明確答覆
history-step-accepted = 已核銷
history-step-rejected = 未核銷
worth-not-recorded = 未記錄

# 班次
shift-open = 開班
shift-close = 交班
shift-is-open = { $cashier }，{ $time } 開班
shift-none-open = 目前沒有開班。
shift-none-yet = 還沒有任何班次。
shift-still-open = 進行中
shift-earlier = ‹ 上一班
shift-later = 下一班 ›
shift-line = 第 { $number } 班 · { $till } · { $cashier } · { $from } – { $until }
shift-cash-sum = 代金券合計
shift-counted = 其中 { $count } 張為禮品、折扣等券，只計張數，不計入合計金額。
shift-not-recorded = 其中 { $count } 張未記錄面值，不計入合計金額。
shift-by-hour = 依小時（北京時間）
shift-by-card = 依卡券
shift-card-not-known = 卡券未知

# 儲存檔案
save-csv = 儲存為 CSV
save-json = 儲存為 JSON
saving-rows = { $count } 行…
saved = 已儲存到 { $file }
saved-not = 沒有儲存任何檔案。
saved-failed = 沒有儲存：{ $why }
save-pdf = 儲存為 PDF
shift-report = 班次報表

# 視窗、PIN 和本機
already-open = 程式已經開啟，就是這個視窗。
crashed-before = 程式之前出過故障。報告在 { $file }，沒有送出到任何地方。
kiosk-stays = 本收銀台保持開啟。要關閉程式，請到設定的「本機」。
lock-title = 請輸入 PIN
lock-try = 開啟
lock-delete = 刪除
lock-wrong = PIN 不對。
settings-full-screen = 全螢幕 ({ $key })
settings-kiosk = 專用機：防止誤關視窗
settings-kiosk-how = { $key } 和關閉按鈕都無效，只能在這裡關閉。設定了 PIN 時需要輸入 PIN。
settings-end = 關閉程式
settings-keep-awake = 程式開啟時不讓螢幕休眠
settings-autostart = 開機後自動開啟本程式
settings-pin = 設定和記錄的 PIN
settings-pin-again = 再輸一次
settings-pin-set = 設定 PIN
settings-pin-remove = 取消 PIN
settings-pin-is-set = 已設定 PIN。
settings-pin-how = 4 到 12 位數字。忘記時，請從設定檔案裡刪去 pin 一行。
settings-wrong-pin = PIN 是 4 到 12 位數字。
settings-pin-differs = 兩次輸入的不一樣。
lock-wait = PIN 不對，請 { $count } 秒後再試。

# 顧客螢幕
customer-title = 顧客螢幕
customer-practice = （練習：都不是真的）
customer-welcome = 請出示優惠券的 QR Code
customer-how = 請把螢幕調亮，對準攝影機，拿穩。
customer-wait = 請稍候
customer-thanks = 謝謝光臨
customer-ask = 請洽收銀員。
customer-open-coupon = 請打開優惠券本身：我 › 卡包。
settings-customer = 顧客螢幕
settings-customer-window = 給顧客看的視窗
settings-customer-what = 放到面向顧客的螢幕上：顯示結果和優惠、怎樣拿手機，沒有任何隱私內容。
settings-customer-full = 佔滿螢幕
settings-customer-how = 在視窗上按兩下也可以切換。
settings-shop = 視窗上的店名

# 收據印表機
settings-printer = 收據印表機
settings-printer-place = 印表機位置
settings-printer-place-how = 網路印表機：tcp://192.168.1.87。序列埠印表機：serial:COM4，或帶速率 serial:/dev/ttyUSB0@19200。USB 印表機：/dev/usb/lp0，Windows 上填印表機的共用名稱 \\電腦名稱\印表機。沒有印表機則留空。
settings-printer-found = 本機上找到的
settings-wrong-printer = 請寫 tcp://…、serial:… 或裝置的完整路徑。
settings-printer-paper = 紙寬
settings-printer-charset = 印表機字庫
settings-printer-charset-usual = 依語言
settings-printer-charset-gb18030 = 簡體中文 (GB 18030)
settings-printer-charset-big5 = 繁體中文 (Big5)
settings-printer-charset-ascii = 只有英文字母
settings-printer-heading = 抬頭，例如店名
settings-printer-slips = 每次核銷後列印收據
settings-printer-test = 列印測試頁
print = 列印
print-copy = 列印收據副本
printing = 正在列印…
print-done = 已列印。
print-taken = 已傳送到印表機。這台印表機不回報是否列印成功。
print-failed = 沒有列印。{ $why }
print-slip-failed = 第 { $number } 號核銷的收據沒有列印。{ $why }
print-again = 重試
printer-error-missing = { $place } 沒有印表機。請接好並開啟電源，或在設定裡改正印表機位置。
printer-error-unreachable = { $place } 的印表機沒有回應。請檢查是否已開機，並與收銀機在同一網路。
printer-error-refused = { $place } 不接收列印。請檢查設定裡的印表機位址。
printer-error-denied = 系統不允許本程式使用 { $place }，請電腦管理員放行。
printer-error-busy = { $place } 的印表機忙碌中，請稍候。
printer-error-paper = 印表機缺紙，請換上新紙捲。
printer-error-lid = 印表機的上蓋沒有關好，請關上。
printer-error-faulty = 印表機回報故障。請關機後重新開啟。
printer-error-stalled = { $place } 的印表機停住了。請檢查紙和上蓋，或關機後重新開啟。
printer-error-unread = 帳本讀不出來。
printer-error-other = { $place } 的印表機不能用。請關機後重新開啟。
slip-title = 核銷收據
slip-copy = 副本
slip-practice = 練習，不是真的核銷
paper-printed-at = 列印時間
paper-signature = 簽名
test-page-title = 測試頁
test-page-advice = 如果上面的數字佔了兩行，請在設定裡選窄一些的紙；如果中文無法辨認，請換一個字庫。

# 設定另一台收銀台
settings-tills = 其他收銀台
tills-give = 設定另一台收銀台
tills-give-how = 顯示一個設定碼和旁邊的 PIN，讓另一台掃描。會帶過去的有：帳號和金鑰、卡券、店名、核銷與聲音、按鍵、語言、配色、隱私、新版本查詢網址和設定的 PIN；另一台保留自己的名稱、攝影機、印表機和視窗。
tills-show = 顯示設定碼
tills-making = 正在加密…
tills-code = 給另一台收銀台的設定碼
tills-pin = PIN
tills-left = { $left } 後失效
tills-step-1 = 1. 在另一台上開啟：設定 › 其他收銀台 › 從另一台接收設定。
tills-step-2 = 2. 用那台的攝影機或掃描器對準這個螢幕。
tills-step-3 = 3. 在那台上輸入 PIN。
tills-not-kept = 不要拍照，也不要儲存或傳送圖片。沒有 PIN，別人不能馬上讀出內容；但誰有這張圖片，就能用快的電腦在幾天內試完所有 PIN，取得您的 AppSecret。
tills-over = 設定碼已逾時，已經收起。
tills-too-much = 內容太多，一個碼放不下：卡券太多了。請在命令列使用「hexiao settings export」。
tills-failed = 沒有產生設定碼：{ $why }
tills-no-account = 本機還在練習。請先連結帳號，另一台才能得到它。
take-over-title = 從另一台接收設定
take-over-how = 本機掃描另一台的設定碼，輸入它的 PIN，然後就和那台一樣運作。
take-over-begin = 從另一台接收設定
take-over-step-1 = 在另一台上開啟：設定 › 其他收銀台 › 顯示設定碼。
take-over-step-2 = 用本機攝影機對準它的螢幕，或用掃描器掃描，或把它的圖片拖到這裡。
take-over-pin = 設定碼旁邊的 PIN
take-over-opening = 正在開啟…
take-over-again = 重新掃描
take-over-not-one = 這不是另一台收銀台的設定碼。
take-over-damaged = 設定碼不完整，或讀錯了。請重新掃描；還不行，就讓那台重新顯示。
take-over-newer = 另一台的程式版本較新。請先更新本機，再掃描。
take-over-expired = 設定碼已逾時。請讓那台重新顯示，並檢查兩台電腦的時間是否正確。
take-over-senseless = 設定碼裡有本版本不能用的設定。請更新兩台上的程式。
take-over-no-memory = 可用記憶體不足。請關閉其他程式再試。
take-over-review = 另一台給的設定如下。本機的攝影機、連接埠、印表機和視窗維持不變。
take-over-consume-key = 核銷按鍵
take-over-no-account = 沒有；本機的維持不變
take-over-replaces = 本機現在的帳號是 { $present }，將換成 { $next }。
take-over-save = 測試並接收
take-over-replace = 測試並替換
take-over-done = 已接收設定。

# 程式的新版本
settings-updates = 新版本查詢網址
settings-updates-how = 啟動後查詢一次，之後每天一次；只送出程式名稱和版本號碼，不下載也不安裝。留空則不查詢。
settings-wrong-updates = 請填寫以 https:// 開頭的網址，不要包含使用者名稱、? 或 #。
updates-ask = 立即查詢
updates-asking = 正在查詢…
updates-not-asked = 目前版本 { $present }，尚未查詢過新版本。
updates-newest = { $when } 已查詢：目前版本 { $present } 是最新版本。
updates-newer = { $when } 已查詢：有新版本 { $version }，目前版本 { $present }。
updates-page = 詳情見 { $page }
updates-not-reached = { $when } 已查詢：該網址沒有回應。請檢查網址和網路。
updates-untrusted = { $when } 已查詢：無法確認對方伺服器的身分。請檢查網址，以及這台電腦的日期和時間。
updates-nonsense = { $when } 已查詢：答覆中沒有版本號碼。請檢查網址。
updates-busy = { $when } 已查詢：對方伺服器忙碌或發生故障。無須處理，之後會再次查詢。
updates-note = 新版本 { $version }
updates-put-away = 不再提示版本 { $version }
