# Every sentence that a cashier can see, in English. zh-CN.ftl has the same keys; a test compares them.

window-title = hexiao – write off coupons
window-title-practice = hexiao – PRACTICE

# Buttons and fields
code-label = Code
code-hint = Scan, type or paste a code
look-up = Look up
consume = Consume
consume-twice = Consume (press twice)
consume-again = Press again to consume
consuming = Writing off…
clear = Clear
ask-again = Look up again
language-other = 简体中文
camera-label = Camera
camera-none = No camera
camera-off = Camera off
camera-starting = Starting the camera…
camera-refresh = Find cameras
drop-here = Drop a picture of a code here
keys-hint = { $consume } consume · { $clear } clear · { $again } look up again · { $field } code

# The till
till-line = { $till }
till-line-cashier = { $till } · { $cashier }
opening = Opening the till…
open-failed = The till could not be opened
waiting-next = Next in line: { $code } (clear this one to look it up)

# Practice
practice-banner = PRACTICE – nothing here is real. Scan, type or click one of the sample coupons.
practice-samples = Sample coupons
practice-qr = Show { $code } as a QR code
practice-qr-title = Hold this to the camera, or scan it
close = Close
welcome-title = Welcome
welcome-text = You are in practice: every state that a coupon can be in, on a platform of this program's own. Try it now – or connect your merchant account.
welcome-practise = Practise
welcome-connect = Connect an account
welcome-take-over = From another till

# Connecting
connect-title = Connect your account
connect-how = How does this till get its access tokens?
connect-appid-way = AppID and AppSecret
connect-service-way = A token service of ours
connect-appid = AppID
connect-secret = AppSecret
connect-service-url = Address of the token service
connect-bearer = Its bearer secret (if it wants one)
connect-base-url = Address of the platform
connect-till = Name of this till
connect-cashier = Cashier
connect-test = Test and save
connect-testing = Testing…
connect-cancel = Cancel
connect-kept-store = Saved. The secret is in the system's key store.
connect-kept-file = Saved. This system has no key store, so the secret is in a file that only you can read.
connect-failed = Not saved: { $why }
connect-missing = Please fill in { $field }.
connect-busy = A write-off is under way. Wait until it is done.

# Stages
idle-title = Ready
idle-text = Scan the customer's code
looking-up = Asking the platform…
usable = Usable
refused = Not usable
in-doubt = Wait
in-doubt-text = An earlier write-off of this code is still being settled. Do not press again: its outcome comes by itself.
accepted = Written off
accepted-text = Done. Give the customer the benefit.
rejected = Not written off
rejected-settled = The platform did not write it off. The coupon is as it was; look it up again.
rejected-already = This press wrote nothing off: the coupon had already been written off, as no. { $number } in the ledger.
rejected-not-sent = Nothing was sent to the platform. The coupon is as it was. { $why }
rejected-out-of-date = This computer took so long to write the ledger, or slept, that the platform's answer was out of date. Look it up again; if it stays so, tell whoever keeps this computer.
rejected-look-again = Look it up again.
unknown = Not known yet
unknown-text = The platform's answer did not come. The program keeps asking until it knows. Go on with the next customer; do not write this coupon off by other means.
not-on-disk = This outcome could not be written to the ledger yet. Write it down by hand, free some disk space and leave the program open: it keeps trying.
not-recorded = Nothing was sent
not-recorded-text = The ledger could not be written, so nothing was sent to the platform. The coupon is as it was. Check that the disk is not full, then look it up again.
not-recorded-in-doubt = An earlier write-off of this code is not settled yet, so nothing was sent to the platform. Its outcome comes by itself while the program that began it is running. If it stays so, close every hexiao on this computer and start it again.
not-recorded-just-accepted = This code has just been written off at this computer. Nothing more was sent to the platform. Look it up again.
not-recorded-damaged = The ledger is damaged, so nothing was sent to the platform. The coupon is as it was. Set the ledger aside and begin a new one; give the old one to whoever keeps your backups.
not-recorded-displaced = The ledger's file was moved, deleted or replaced while the program was running, so nothing was sent to the platform. The coupon is as it was. Put the file back, or close the program and start it again.
not-a-coupon = Not a coupon
lookup-failed = Lookup failed

# Reasons why a coupon is refused
reason-consumed = It was written off already.
reason-expired = Its validity is over.
reason-not_yet_valid = It is not valid yet.
reason-gifting = The customer is giving it to a friend. It can be used once the friend has it, or it comes back.
reason-gift_timeout = It was a gift that nobody took. The customer can take it back in WeChat.
reason-deleted = The customer has deleted it.
reason-unavailable = The merchant has made it void.
reason-wrong_kind = This is a member card. It is shown, not written off.
reason-cannot_consume = The platform says that it cannot be written off now, and not why.
reason-unknown_status = The platform gives it a status that this program does not know: “{ $status }”. Ask the shop's owner.
short-usable = usable
short-not-yet-valid = not valid yet
short-cannot-consume = the platform says no

# What was scanned instead of a coupon
refusal-empty = Nothing was scanned.
refusal-payment = This is a payment code. Ask for the coupon's code: Me › Cards & Offers.
refusal-link = This is a link without a coupon in it. Ask for the coupon's own code.
refusal-set-up = This is another till's set-up code, not a coupon. To take it over open Settings › Other tills.
refusal-too-long = This is longer than a coupon's code. Scan it again, or ask for the coupon's own code.
refusal-illegal-characters = This holds characters that no coupon's code has. Scan it again.

# Trouble: what happened, what to do. By error code where the code has a sentence of its own, otherwise by class.
trouble-unreachable = The platform cannot be reached. Check the network cable or Wi-Fi, then look it up again.
trouble-untrusted = What answers is not the platform, so nothing was sent to it. If this computer must log in to the network first, do so; see that its date and time are right; then try again.
trouble-no-answer = The platform did not answer in time. Look it up again.
trouble-nonsense = The answer could not be understood. If this computer must log in to the network first, do so; then look it up again.
trouble-account = This till has no usable access to the platform. Tell the shop's owner: the account's settings need attention.
class-token = The platform refused this till's access. Look it up again; if it stays so, tell the shop's owner.
class-wait = The platform is busy. Wait a minute, then look it up again.
class-unknown = The platform is busy and gave no clear answer. Look it up again.
class-already-consumed = It was written off already.
class-cannot-be-used = This coupon cannot be used.
class-wrong-code = The platform does not know this code. Check it, or ask the customer to open the coupon anew: a gift changes its code.
class-configuration = The account's settings need attention. Tell the shop's owner (error { $errcode }).
class-off-path = The platform gave an unexpected answer. Tell the shop's owner (error { $errcode }).
errcode-line = Platform's answer: { $errcode } { $message }
platform--1 = The platform is busy. Wait a moment, then look it up again.
platform-40001 = The platform refused this till's access: its secret is wrong, or another program renews the tokens. Tell the shop's owner.
platform-40013 = The AppID is not right. Tell the shop's owner.
platform-40056 = The platform does not know this code: mistyped, given to a friend, or another merchant's. Ask the customer to open the coupon anew.
platform-40071 = This kind of card cannot be written off.
platform-40073 = The card that belongs to this code is not known. Tell the shop's owner.
platform-40075 = The link's code cannot be decoded: it is damaged or another merchant's. Ask for the coupon's own code.
platform-40099 = It was written off already.
platform-40116 = The platform does not know this code. Scan it again.
platform-40125 = The AppSecret is not right. Tell the shop's owner.
platform-40127 = The customer has deleted it or is giving it away, or it has expired or was made void.
platform-40147 = It cannot be used at this time of day. See its conditions.
platform-40164 = This till's internet address is not on the account's list. Tell the shop's owner (error 40164).
platform-40243 = The AppSecret is frozen. Tell the shop's owner.
platform-43018 = A friends' coupon must be reserved before it is written off; this program cannot do that.
platform-45009 = The account's calls for today are used up. Tell the shop's owner; coupons cannot be checked until tomorrow.
platform-45011 = Too many questions in a minute. Wait a minute, then look it up again.
platform-50004 = The merchant's account is restricted. Tell the shop's owner.
platform-61004 = This till's internet address is not registered for the account. Tell the shop's owner (error 61004).
platform-72020 = It has reached its limit of uses.
platform-89503 = The account's administrator must confirm this till's access. Tell the shop's owner.

# What is largest after the verdict
large-from = from { $date }
large-until = until { $date }
large-consumed = on { $date }
written-off-at = at { $till } · no. { $number }
written-off-by = at { $till } by { $cashier } · no. { $number }
details = Details
details-close = Verdict

# Details of a coupon
detail-title = Coupon
detail-number = Number
detail-time = Time
detail-brand = Merchant
logo-of = Logo of { $brand }
detail-code = Code
detail-validity = Valid
detail-status = Status
detail-card = Card
detail-owner = Owner
detail-worth = Benefit
detail-notice = Notice
detail-conditions = Conditions
detail-with-others = Others
detail-accepts = Good for
detail-rejects = Not for
detail-hours = Hours
detail-shops = Shops
terms-with-others = may be used together with other discounts
terms-alone = not together with other discounts
terms-shops = { $count ->
    [one] 1 of the merchant's shops only: is this the one?
   *[other] { $count } of the merchant's shops only: is this one of them?
}
day-MONDAY = Monday
day-TUESDAY = Tuesday
day-WEDNESDAY = Wednesday
day-THURSDAY = Thursday
day-FRIDAY = Friday
day-SATURDAY = Saturday
day-SUNDAY = Sunday
day-HOLIDAY = Holidays
value-cash-least = { $reduce } off when you spend { $least }
value-cash = { $reduce } off
value-discount = { $percent } % off
validity-between = { $begin } to { $end } (Beijing)
validity-from = from { $begin } (Beijing)
validity-until = until { $end } (Beijing)
validity-always = always
phase-before = begins in { $time }
phase-inside = { $time } left
phase-after = over for { $time }
format-date-time = %-d %b %Y, %H:%M
format-in-list = %Y-%m-%d %H:%M
format-moment = %-d %b %Y, %H:%M:%S
time-days = { $count ->
    [one] 1 day
   *[other] { $count } days
}
time-hours = { $count ->
    [one] 1 hour
   *[other] { $count } hours
}
time-minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
}
status-NORMAL = normal
status-CONSUMED = written off
status-EXPIRE = expired
status-GIFTING = being given
status-GIFT_TIMEOUT = gift not taken
status-DELETE = deleted
status-UNAVAILABLE = void
status-other = “{ $word }” (not known)
kind-GROUPON = Group deal
kind-CASH = Cash coupon
kind-DISCOUNT = Discount
kind-GIFT = Gift
kind-GENERAL_COUPON = Coupon
kind-MEMBER_CARD = Member card
kind-other = { $word }

# Latest write-offs
latest-title = Latest write-offs
latest-none = None yet.
latest-unsettled = { $count ->
    [one] 1 write-off is not settled yet
   *[other] { $count } write-offs are not settled yet
}
latest-unread = The ledger of write-offs cannot be read, so nothing can be written off. Leave the program open: it keeps trying. If this stays, check the disk.
latest-unwritten = { $count ->
    [one] 1 outcome could not be written to disk yet
   *[other] { $count } outcomes could not be written to disk yet
}
latest-word-open = under way
latest-word-unknown = not known yet
latest-word-accepted = written off
latest-word-rejected = not written off

# Cameras
camera-error-none = No camera was found. Use a scanner or type the code.
camera-error-not-found = The camera “{ $name }” is not there. Plug it in, or choose another.
camera-error-busy = Another program is using the camera. Close it; this one tries again by itself.
camera-error-denied = The system does not let this program use the camera. Allow it in the system's privacy settings.
camera-error-gone = The camera was unplugged. Plug it in again; it is found by itself.
camera-error-frozen = The camera gives no pictures. Unplug it and plug it in again.
camera-error-hung = The camera's driver does not answer. Unplug the camera and plug it in again.
camera-error-stuck = The camera gives the same picture over and over. It is started again by itself; if it stays so, unplug it and plug it in again.
camera-error-unreachable = No camera answers at { $name }. Open the camera app on the phone, and see that phone and till are in the same network.
camera-error-no-stream = What answers at { $name } is no camera. Use the video address that the phone's app shows, with its password off.
camera-error-unsupported = This camera's pictures cannot be read. Choose another camera.
camera-error-pictures = These pictures cannot be read.
camera-error-other = The camera does not work. Unplug it and plug it in again, or use a scanner.
picture-nothing = No code was found in the picture. Hold the phone closer and straight, or type the code.
picture-unreadable = This picture cannot be opened. PNG, JPEG, WebP and BMP pictures can.

# Help with aiming, over the camera's picture: as short as can be
camera-mirror = Mirror
found-payment = Payment code
found-set-up = Set-up code
found-other = Not a coupon
hint-covered = The picture is black. Is the lens covered?
hint-dark = Too dark – turn the phone's screen up
hint-bright = Too bright, or glare – tilt the phone
hint-cut-off = The code is cut off – move it to the middle
hint-far = Too far – come closer
hint-moving = Hold it still
hint-blurred = Out of focus – a little further away
hint-faint = Too faint – turn the phone's screen up

# A scanner on a serial port
serial-error-missing = The scanner on { $port } is not there. Plug it in; it is found by itself.
serial-error-denied = The system does not let this program use the scanner's port { $port }. Whoever keeps this computer must allow it.
serial-error-busy = Another program is using the scanner's port { $port }. Close it; this one tries again by itself.
serial-error-other = The scanner's port { $port } does not work. Unplug the scanner and plug it in again.

# The ledger
ledger-damaged = The ledger of write-offs is damaged, so nothing can be written off. It was not touched. Set it aside and begin a new one; give the old file to whoever keeps your backups.
ledger-unusable = The ledger of write-offs cannot be opened, so nothing can be written off. Check the disk and the folder, then start the program again.
ledger-newer = The ledger was written by a newer version of this program. Start that version.
ledger-set-aside = Set it aside and begin a new one
ledger-not-set-aside = The ledger could not be set aside; nothing was changed. Close every other hexiao on this computer, then try again. ({ $why })
ledger-was-set-aside = The old ledger is now { $file }.
open-failed-settings = The settings file cannot be read. Whoever keeps the settings must correct it; nothing in it was changed.
open-failed-till = The account or its secret cannot be used as the settings say. Connect the account again, or call whoever keeps the settings.
open-again = Try again
connect-not-reached = The platform was not reached. Check the address and the network, then test again.
fonts-missing = No font with Chinese characters was found. Install one, for instance fonts-noto-cjk.
closing-waits = Closing when this write-off is done…

# Pages
page-counter = Counter
page-history = History
page-settings = Settings

# Settings
language-english = English
language-simplified-chinese = 简体中文
language-traditional-chinese = 繁體中文
settings-language = Language
settings-theme = Colours
settings-theme-system = As the system
settings-theme-light = Light
settings-theme-dark = Dark
settings-theme-contrast = High contrast
settings-text-size = Size of text
settings-not-saved = Not saved: { $why }
settings-till = Till
settings-account = Account
settings-scanning = Scanning
settings-look = Language and looks
settings-privacy = Privacy
settings-computer = This computer
settings-yes = Yes
settings-no = No
settings-needed = Something must stand here.
settings-too-long = This is too long. Shorten it.
settings-wrong-characters = This holds characters that cannot be seen. Type it anew.
settings-cards = Cards with codes of your own
settings-cards-how = Card ids, one a line. A scanned code alone does not say which card it belongs to: these are tried in their order.
settings-wrong-card = A card id is up to 32 Latin letters, digits and signs. Correct or remove the one that is not.
settings-too-many-cards = Too many cards. Keep those in use.
settings-camera-how = What is held before the camera is outlined here, and looked up at the counter.
settings-autofocus = Autofocus
settings-exposure = Exposure
settings-torch = Torch
settings-camera-decides = Camera decides
settings-camera-cannot = This camera does not have this, or does not take it. It is used without.
settings-camera-address = A telephone as camera: its address
settings-wrong-address = Write the video address as the phone's app shows it: http://…
settings-prefix = What the scanner puts before each code
settings-suffix = What the scanner puts after each code
settings-try-scanner = Try it: click here and scan
settings-tried-code = Read as { $code }
settings-port = Serial port of the scanner
settings-port-how = Leave it empty for a scanner that types.
settings-port-opening = Opening the port…
settings-port-open = The port is open. Scan something: it comes up at the counter.
settings-baud = Its speed (baud)
settings-wrong-baud = Write a whole number from 300 to 921600; 9600 is usual.
settings-no-account = This till practises. Nothing here is real until an account is connected.
settings-connect = Connect an account…
settings-test-account = Test it
settings-change-account = Connect anew…
settings-account-works = The account works.
settings-data-folder = Data: ledger, log, secrets
settings-file = Settings
settings-open-folder = Open folder
settings-folder-not-opened = The folder could not be opened: { $why }
settings-mask-codes = Show only the end of a coupon's code
settings-mask-owners = Show only the end of its owner's id
settings-mask-how = For who passes by the screen. The ledger keeps them whole, and so do exports.

# The key card
keys = Keys
key-card-title = What the keys do
key-card-scan = Look up what was typed; scanners send it
key-card-consume = Write the coupon off
key-card-clear = Clear the desk; from other pages, back to the counter
key-card-ask-again = Look the coupon up again
key-card-details = Conditions and all details, and back
key-card-keys = This card
key-card-code = To the code field, at the counter
key-card-history = History
key-card-settings = Settings
key-card-full-screen = Fill the screen, and back

# Which key does what
settings-keys = Keys
settings-keys-how = Press Change, then a function key, F1 to F24. Esc keeps the key as it was; only Clear can have Esc.
settings-keys-change = Change
settings-keys-waits = Press a key…
settings-keys-of = { $button }: { $what }
settings-keys-unfit = Only a function key, F1 to F24, can be chosen: codes need all others. Press another one.
settings-keys-taken = { $key } is already the key for “{ $other }”. Press another one, or first give that one another key.
settings-keys-usual = All keys as usual

# Settings of the counter
settings-counter = Presses and sounds
settings-press-twice = Two presses of Consume
settings-press-twice-none = For no coupon
settings-press-twice-every = For every coupon
settings-press-twice-from = From { $worth } on
settings-press-twice-how = Cash coupons say what they are worth. A coupon whose card cannot be looked up takes two as well, a discount or a gift only where every coupon does.
settings-volume = Sounds
settings-volume-off = Off
settings-try-sounds = Hear them
settings-sound-attention = Needs a look
settings-flash = The whole window flashes in the verdict's colour, once

# The history
page-history-write-offs = Write-offs
page-history-shift = Shift
history-search = Code, card, cashier – or a day: 2026-11-24
history-found = { $count ->
    [one] 1 found
   *[other] { $count } found
}
history-searching = { $count } so far…
history-looking = Looking…
history-nothing = Nothing was written off that fits this.
history-days-all = All days
history-days-today = Today
history-days-yesterday = Yesterday
history-days-week = 7 days
history-outcome-any = Any outcome
history-show-all = Show all of them
history-what-to-do = Leave the program open: it keeps asking the platform until it knows. Do not write the coupon off by other means until then.
history-trouble = The ledger could not be read or written. The counter is not concerned. ({ $why })
history-title = Coupon
history-worth = Worth
history-till = Till
history-cashier = Cashier
history-shift = Shift
history-course = Course
history-not-written = time not written down
history-step-pressed = pressed, and written down before anything was sent
history-step-sent = sent to the platform
history-step-unknown = no clear answer
history-step-accepted = written off
history-step-rejected = not written off
worth-not-recorded = not recorded

# The shift
shift-open = Open the shift
shift-close = Close the shift
shift-is-open = { $cashier } since { $time }
shift-none-open = No shift is open.
shift-none-yet = There has been no shift yet.
shift-still-open = still open
shift-earlier = ‹ Earlier
shift-later = Later ›
shift-line = Shift { $number } · { $till } · { $cashier } · { $from } – { $until }
shift-cash-sum = Cash coupons in all
shift-counted = { $count ->
    [one] 1 written off is a gift, a discount or the like: it is counted and not in the sum.
   *[other] { $count } written off are gifts, discounts and the like: they are counted and not in the sum.
}
shift-not-recorded = { $count ->
    [one] Of 1 written off it was not recorded what it was worth: it is not in the sum.
   *[other] Of { $count } written off it was not recorded what they were worth: they are not in the sum.
}
shift-by-hour = By hour (Beijing)
shift-by-card = By card
shift-card-not-known = card not known

# Files that are saved
save-csv = Save as CSV
save-json = Save as JSON
saving-rows = { $count ->
    [one] 1 row…
   *[other] { $count } rows…
}
saved = Saved as { $file }
saved-not = Nothing was saved.
saved-failed = Nothing was saved: { $why }
save-pdf = Save as PDF
shift-report = Shift report

# The window, its lock and this computer
already-open = The program is open already: this is its window.
crashed-before = The program failed earlier. A report lies at { $file }; nothing has been sent anywhere.
kiosk-stays = This till stays open. It is ended in the settings, under This computer.
lock-title = PIN
lock-try = Open
lock-delete = Delete
lock-wrong = This is not the PIN.
settings-full-screen = Fill the screen ({ $key })
settings-kiosk = Kiosk: nobody leaves the window by accident
settings-kiosk-how = Neither { $key } nor the close button leaves it; this page does. With a PIN, it takes that.
settings-end = End the program
settings-keep-awake = Keep the display on while the program is open
settings-autostart = Open this program when the system starts
settings-pin = PIN before settings and history
settings-pin-again = The same again
settings-pin-set = Set the PIN
settings-pin-remove = Remove the PIN
settings-pin-is-set = A PIN is set.
settings-pin-how = 4 to 12 digits. Whoever forgets it removes the line “pin” from the settings file.
settings-wrong-pin = A PIN is 4 to 12 digits.
settings-pin-differs = The two are not the same.
lock-wait = { $count ->
    [one] This is not the PIN. Try again in 1 second.
   *[other] This is not the PIN. Try again in { $count } seconds.
}

# The window for the customer
customer-title = For the customer
customer-practice = (practice: nothing is real)
customer-welcome = Please show your coupon's code
customer-how = Turn the screen up bright and hold it still before the camera.
customer-wait = One moment, please
customer-thanks = Thank you
customer-ask = Please ask at the counter.
customer-open-coupon = Please open the coupon itself: Me › Cards & Offers.
settings-customer = Customer's screen
settings-customer-window = A window for the customer
settings-customer-what = Put it on a screen that faces the queue. It shows the verdict and the worth, how to hold the phone, and nothing private.
settings-customer-full = Fill its screen
settings-customer-how = A double click on it does the same.
settings-shop = The shop's name on it

# The receipt printer
settings-printer = Receipt printer
settings-printer-place = Where the printer is
settings-printer-place-how = In the network: tcp://192.168.1.87. On a serial port: serial:COM4, or serial:/dev/ttyUSB0@19200 with its speed. On USB: /dev/usb/lp0, or on Windows the printer's share, \\COMPUTER\PRINTER. Empty: no printer.
settings-printer-found = Plugged in here
settings-wrong-printer = Write tcp://…, serial:…, or the whole path of a device.
settings-printer-paper = Paper
settings-printer-charset = Characters that the printer has
settings-printer-charset-usual = By the language
settings-printer-charset-gb18030 = Simplified Chinese (GB 18030)
settings-printer-charset-big5 = Traditional Chinese (Big5)
settings-printer-charset-ascii = Latin letters alone
settings-printer-heading = First line, such as the shop's name
settings-printer-slips = A slip for each write-off
settings-printer-test = Print a test page
print = Print
print-copy = Print a copy of the slip
printing = Printing…
print-done = Printed.
print-taken = Sent to the printer. It does not say whether it has printed.
print-failed = Not printed. { $why }
print-slip-failed = The slip of write-off { $number } was not printed. { $why }
print-again = Try again
printer-error-missing = There is no printer at { $place }. Plug it in and switch it on, or correct its place in the settings.
printer-error-unreachable = The printer at { $place } does not answer. Check that it is switched on and in the same network as this till.
printer-error-refused = { $place } takes nothing to print. Check the printer's address in the settings.
printer-error-denied = The system does not let this program use { $place }. Whoever keeps this computer can allow it.
printer-error-busy = The printer at { $place } is busy with something else. Wait a moment.
printer-error-paper = The printer has no paper. Put in a new roll.
printer-error-lid = The printer's lid is open. Close it.
printer-error-faulty = The printer reports a fault. Switch it off and on again.
printer-error-stalled = The printer at { $place } has stopped. Check its paper and lid, or switch it off and on again.
printer-error-unread = The ledger could not be read.
printer-error-other = The printer at { $place } cannot be used. Switch it off and on again.
slip-title = Written off
slip-copy = Copy
slip-practice = Practice: not a real coupon
paper-printed-at = Printed
paper-signature = Signature
test-page-title = Test page
test-page-advice = If the figures above take two lines, choose the narrower paper in the settings; if the Chinese characters cannot be read, other characters.

# Setting up another till
settings-tills = Other tills
tills-give = Set up another till
tills-give-how = Shows a code that the other till scans, with a PIN beside it. Account and secret, cards, the shop's name, counter, keys, language, colours, privacy, the address for newer versions and the PIN of the settings go over; the other till keeps its own name, camera, printer and windows.
tills-show = Show the set-up code
tills-making = Encrypting…
tills-code = Set-up code for another till
tills-pin = PIN
tills-left = Good for another { $left }
tills-step-1 = 1. On the other till: Settings › Other tills › Take over from another till.
tills-step-2 = 2. Hold its camera or hand scanner to this screen.
tills-step-3 = 3. Type the PIN there.
tills-not-kept = Take no photograph of this, and keep and send none. Without the PIN the code shows nothing at once, but whoever has a picture of it can try all PINs on a fast computer, in days, and then has your AppSecret.
tills-over = The code has expired and was put away.
tills-too-much = This is too much for a code: there are too many cards. Use “hexiao settings export” on the command line.
tills-failed = There is no code: { $why }
tills-no-account = This till practises. Connect its account first, so that the other one gets it too.
take-over-title = Take over from another till
take-over-how = This till scans the set-up code of another one, asks for its PIN, and then works as that one does.
take-over-begin = Take over from another till
take-over-step-1 = On the other till open Settings › Other tills › Show the set-up code.
take-over-step-2 = Hold this camera to its screen, scan it with the hand scanner, or drop a picture of it here.
take-over-pin = PIN that stands beside the code
take-over-opening = Opening…
take-over-again = Scan again
take-over-not-one = This is no set-up code of another till.
take-over-damaged = Some of the set-up code is missing or was misread. Scan it again; if that does not help, have it shown anew.
take-over-newer = The other till has a newer version of this program. Update this one, then scan again.
take-over-expired = The set-up code is no longer good. Have it shown anew, and see that the clocks of both computers are right.
take-over-senseless = The set-up code holds settings that this version cannot use. Update the program on both tills.
take-over-no-memory = There is not enough free memory for this. Close other programs and try again.
take-over-review = This is what the other till gives. This till's camera, ports, printer and windows stay as they are.
take-over-consume-key = Key that consumes
take-over-no-account = none; this till's stays as it is
take-over-replaces = This till works for { $present } now. It will work for { $next } instead.
take-over-save = Test and take over
take-over-replace = Test and replace
take-over-done = Taken over.

# Newer versions of the program
settings-updates = Newer versions: the address to ask
settings-updates-how = Asked after the start and once a day for a newer version; only this program's name and version are sent. Nothing is downloaded or installed. Empty: nobody is asked.
settings-wrong-updates = Write an address that begins with https://, without a user name, ? or #.
updates-ask = Check now
updates-asking = Checking…
updates-not-asked = This is version { $present }. Nobody has been asked yet whether there is a newer one.
updates-newest = Checked on { $when }: this version, { $present }, is the newest.
updates-newer = Checked on { $when }: there is a version { $version }. This one is { $present }.
updates-page = More about it at { $page }
updates-not-reached = Checked on { $when }: the address did not answer. See that it is right, and that the network works.
updates-untrusted = Checked on { $when }: what answered could not be trusted. See that the address is right, and this computer's date and time.
updates-nonsense = Checked on { $when }: the answer names no version. See that the address is right.
updates-busy = Checked on { $when }: the server is busy or out of order. Nothing need be done; it is asked again.
updates-note = New version { $version }
updates-put-away = Hide the note about { $version }
