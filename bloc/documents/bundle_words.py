"""What the frozen bundle says of itself, to whoever opens it years later; Vietnamese, as the papers are."""

README = """GÓI KẾT QUẢ CHẤM ĐIỂM, XẾP HẠNG THI ĐUA NĂM {year}
{bloc}
Phiên bản {version}, phần mềm Bloc {code_version}

Gói này giữ nguyên toàn bộ căn cứ của kết quả, để bất kỳ ai cũng có thể kiểm tra lại.

{plan}: kế hoạch, trong đó có tiêu chí và các quy định chấm điểm, xếp hạng.
{points}: từng điểm được tính: đơn vị chấm, đơn vị được chấm, tiêu chí, điểm (phần nghìn).
{sheets}: các bảng chấm điểm được tính, nguyên trạng như khi nhận.
{result}: kết quả: điểm chính xác (phân số), thứ hạng, mã kiểm tra của dữ liệu đầu vào.
{again}: tính lại bằng công thức từ điểm gốc; mở bằng Excel hoặc LibreOffice.
{sums}: mã SHA-256 của từng tệp trong gói.

Kiểm tra bằng phần mềm, không cần cơ sở dữ liệu: bloc verify <tên tệp>
Lệnh này in mã SHA-256 của cả gói; đề nghị đối chiếu với mã đã ghi khi lập gói.

Gói có điểm chấm chéo của từng đơn vị: chỉ chuyển cho người được phép xem.
"""
