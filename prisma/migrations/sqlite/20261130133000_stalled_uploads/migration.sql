-- AlterTable
ALTER TABLE "MountOnHost" ADD COLUMN "uploadsStalledSince" DATETIME;

-- CreateIndex
CREATE INDEX "MountOnHost_uploadsStalledSince_idx" ON "MountOnHost"("uploadsStalledSince");
