-- AlterTable
ALTER TABLE "Delivery" ADD COLUMN     "message" TEXT;

-- AlterTable
ALTER TABLE "Notifier" ADD COLUMN     "pacedAt" TIMESTAMP(3);

-- CreateIndex
CREATE INDEX "Delivery_message_idx" ON "Delivery"("message");
