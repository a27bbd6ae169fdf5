-- AlterTable
ALTER TABLE "MountOnHost" ADD COLUMN     "uploadsStalledSince" TIMESTAMP(3);

-- CreateIndex
CREATE INDEX "MountOnHost_uploadsStalledSince_idx" ON "MountOnHost"("uploadsStalledSince");
